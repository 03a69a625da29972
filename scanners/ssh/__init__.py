"""SSH: which algorithms a server offers, and with which host keys. Own codec; nobody ever logs in."""
