"""IKE: which VPN a device negotiates by UDP 500 and 4500, and which algorithms it takes."""
