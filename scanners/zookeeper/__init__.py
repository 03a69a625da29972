"""ZooKeeper: identified by one of its four-letter words, which needs no log-in."""
