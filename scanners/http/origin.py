"""Whether an address on a page stands on the server that gave the page. Pure and total.

Source: RFC 3986 §5.2 (relative references), RFC 6454 (origin), RFC 9110 §10.2.2 (Location).
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final
from urllib.parse import urljoin, urlsplit

_MOST: Final = 300
_SENDABLE: Final = re.compile(r"/[!#-;=?-\[\]_a-z~]*")
"""What may stand in a request line: printable ASCII without blanks, quotes, brackets and the backslash."""
_SESSION: Final = re.compile(r"(?i);\s*[a-z_]{1,40}=[^/;?#]*")
_STARS: Final = "*"
_PORTS: Final = {"http": 80, "https": 443}
_ITSELF: Final = "_"
"""Stands for the server in a relative reference; no host name and no address."""


@dataclass(frozen=True, slots=True)
class Origin:
    """A web server as a visitor addresses it. hosts: its names and its address, lower case, IPv6 without brackets."""

    scheme: str
    hosts: Collection[str]
    port: int

    def path_of(self, reference: str, base: str = "/") -> str:
        """Give path and query of a reference on this very server, "" for any other, or for what can't be sent.

        A session that was handed out in it is left out: it was masked before it was stored, and isn't ours.
        """
        try:
            parts = urlsplit(urljoin(f"{self.scheme}://{_ITSELF}{base}", reference.strip()))
            host, port = parts.hostname or "", parts.port
        except ValueError:
            return ""
        is_relative = parts.netloc == _ITSELF
        own = is_relative or (
            _plain(host) in {_plain(h) for h in self.hosts} and (port or _PORTS[self.scheme]) == self.port
        )
        if parts.scheme != self.scheme or not own:
            return ""
        path = _SESSION.sub("", parts.path) or "/"
        query = "&".join(part for part in parts.query.split("&") if part and _STARS not in part)
        whole = f"{path}?{query}" if query else path
        return whole if len(whole) <= _MOST and _SENDABLE.fullmatch(whole) else ""


def _plain(host: str) -> str:
    """Give an address in its one form, a name as it is."""
    try:
        return str(ip_address(host))
    except ValueError:
        return host.lower()
