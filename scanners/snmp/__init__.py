"""SNMP system group, read once with the community the hospital declared."""
