"""MongoDB: identified by the greeting that its clients begin with, before any log-in."""
