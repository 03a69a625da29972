"""YAMAHA RTX, NVR and FWX routers: `show config`."""
