"""What this project and other tools find at the same endpoints, and what it costs the endpoint."""
