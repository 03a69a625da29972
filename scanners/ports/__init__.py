"""Which TCP ports of a host are open: connect and close, nothing more."""
