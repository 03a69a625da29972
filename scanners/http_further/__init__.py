"""The second and last page of a web service: where its root page leads, what tells its version, or its icon."""
