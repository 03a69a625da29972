"""Checks of clocks."""
