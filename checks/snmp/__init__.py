"""Questions about SNMP agents."""
