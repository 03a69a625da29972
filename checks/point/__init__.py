"""Questions about connection points."""
