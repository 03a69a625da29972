"""The overview picture: outside parties, terminal devices, segments and systems, from left to right."""
