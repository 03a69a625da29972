"""Rows of a report, printed into words once and shown by every format."""
