"""What a service says first inside TLS."""
