"""Radmin: identified by the first message of its viewer, before any log-in."""
