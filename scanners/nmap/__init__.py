"""nmap as a second opinion on services, and as a source of results that others hand over."""
