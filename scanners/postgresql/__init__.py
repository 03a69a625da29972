"""PostgreSQL: identified by one request for TLS, before any user is named."""
