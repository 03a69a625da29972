"""Questions about SSH services."""
