"""What a service says before it is asked anything."""
