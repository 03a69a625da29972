"""Checks of VPN points."""
