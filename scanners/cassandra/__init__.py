"""Cassandra: identified by asking for the options that its clients ask for before they log in."""
