"""Checks: one file, one question about one type of fact; pure."""
