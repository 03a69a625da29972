"""File sharing (SMB 2 and 3): which dialect a service speaks and whether it insists on signing."""
