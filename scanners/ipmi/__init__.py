"""IPMI: which ways to log in a management controller offers, asked before any session."""
