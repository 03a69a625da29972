"""memcached: identified by one request for its version, which also tells whether commands need a log-in."""
