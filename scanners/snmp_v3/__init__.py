"""SNMP version 3: what an agent tells callers who do not know it yet, without any user."""
