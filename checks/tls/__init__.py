"""Questions about TLS services."""
