"""Scanners: one folder per protocol or technique; probe.py does the I/O through the gate, parse.py reads bytes."""
