"""Which link-layer addresses name one device, and which are shared on purpose."""

from __future__ import annotations

from typing import Final

_VIRTUAL: Final = ("00:00:5e:00:01:", "00:00:5e:00:02:", "00:00:0c:07:ac:", "00:00:0c:9f:f", "00:00:00:00:00:00")
"""VRRP (RFC 5798 section 7.3), HSRP version 1 and 2, and the empty address."""


def names_one_device(mac: str) -> bool:
    """Tell whether a MAC (lower-case colon form) is that of one device: no virtual router's, no group address."""
    return not mac.startswith(_VIRTUAL) and not int(mac[:2], 16) & 1
