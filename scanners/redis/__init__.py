"""Redis: identified by one PING, which also tells whether commands are carried out without a log-in."""
