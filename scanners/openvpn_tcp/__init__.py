"""OpenVPN over TCP: the same question as over UDP, on one connection."""
