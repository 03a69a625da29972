"""VNC: the ways of logging in that a server offers, read before any of them is chosen."""
