"""Redis inside TLS: the same question as in clear text."""
