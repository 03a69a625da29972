"""Checks of records."""
