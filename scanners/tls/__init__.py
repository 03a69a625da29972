"""TLS probing with an own codec: which versions a service accepts, its certificates, its wish for a client's."""
