"""The gate: admit, pace, record. The only package that opens a socket, sends a frame or starts a scanner process."""
