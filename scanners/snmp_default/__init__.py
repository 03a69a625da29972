"""SNMP: the one community that makers ship for reading, where a consent names this question."""
