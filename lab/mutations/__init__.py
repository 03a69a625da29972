"""Ways to change one parameter of a scenario; each change must move at least one row of its truth."""
