"""LDAP: the root of a directory's self-description, read without a log-in."""
