"""Device kinds: one folder each, which holds the parameters and a server that speaks the real protocol."""
