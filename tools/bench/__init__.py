"""Benchmarks: figures that are reported, never asserted."""
