"""Remote desktop (RDP): which protection a service insists on before a session begins."""
