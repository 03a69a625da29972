"""UPnP: one search (SSDP) to the device itself, for an Internet gateway and for anything."""
