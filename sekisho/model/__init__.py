"""Central types: pure, frozen, without I/O. One module per stage of the one-way flow."""
