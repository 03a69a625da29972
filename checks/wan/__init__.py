"""Questions about ways in from open networks."""
