"""Recorded transcripts of real devices and what their scanners read in them."""
