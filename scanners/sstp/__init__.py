"""SSTP: identified by the first message of a tunnel, to which only such a server answers as the protocol says."""
