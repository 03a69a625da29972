"""FTP: whether a server offers to encrypt the log-in, asked before any log-in."""
