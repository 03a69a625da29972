"""Inventory: from evidence and registers to devices, services and connection points. Pure and order-independent."""
