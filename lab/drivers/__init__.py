"""Ways to bring a scenario to life."""
