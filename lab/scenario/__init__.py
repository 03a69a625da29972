"""Scenarios: what stands in a lab's networks, read from a folder that is never written to."""
