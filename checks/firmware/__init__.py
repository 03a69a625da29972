"""Questions about products and their versions."""
