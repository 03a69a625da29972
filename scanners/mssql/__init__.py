"""Microsoft SQL Server: identified by its PRELOGIN, which tells version and encryption before any log-in."""
