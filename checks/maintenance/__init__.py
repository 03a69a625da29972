"""Questions about remote maintenance."""
