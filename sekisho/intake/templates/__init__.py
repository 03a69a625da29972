"""Texts and forms of a new engagement folder, as data."""
