"""Questions about management services."""
