"""PPTP: the start of a control connection, which tells host, vendor and firmware of the server."""
