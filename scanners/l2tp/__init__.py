"""L2TP: the start of a tunnel, which tells host, vendor and firmware of the server; closed again at once."""
