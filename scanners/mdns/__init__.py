"""Multicast DNS, asked without multicast: what a device announces of itself."""
