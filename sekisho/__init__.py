"""Sekisho: survey of every point where a hospital's network meets the outside."""
