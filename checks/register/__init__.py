"""Questions about register against observation."""
