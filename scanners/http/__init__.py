"""HTTP: one GET of the root page, plain or inside TLS, read as a fact and masked before it is stored."""
