"""Profiles: checklists, policies, paces, fingerprints and fragility rules as data."""
