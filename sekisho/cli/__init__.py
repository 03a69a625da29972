"""Command line: the composition root. One module per command; nothing else imports two stages."""
