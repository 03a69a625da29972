"""OpenVPN: the first packet of a session, which a server without tls-auth or tls-crypt answers to anybody."""
