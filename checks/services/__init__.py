"""Questions about services that are open."""
