"""First contact with one address: is somebody there, and with which MAC."""
