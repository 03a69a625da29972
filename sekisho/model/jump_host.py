"""Jump hosts as an engagement names them: `via = "ssh://user@address[:port]"`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final

from sekisho.model.subjects import IPAddress

_PREFIX: Final = "ssh://"
_VIA: Final = re.compile(
    r"ssh://(?P<user>[A-Za-z0-9._-]+)@(?:\[(?P<v6>[^\]]+)\]|(?P<v4>[^:\[\]]+))(?::(?P<port>\d{1,5}))?"
)
SYNS_AFTER_S: Final = (0, 1, 3, 7, 15, 31, 63)
"""When a jump host's kernel sends SYNs to a silent port: Linux with tcp_syn_retries = 6; others send fewer."""
MOST_SYNS: Final = len(SYNS_AFTER_S)
_SSH_PORT: Final = 22
_PORTS: Final = range(1, 65536)


class ViaError(ValueError):
    """A `via` that names no jump host. flaw: `form`, `name` or `port`; value: the part that is wrong, "" for a name."""

    def __init__(self, flaw: str, text: str, value: str = "") -> None:
        """Keep what is wrong; the text never repeats a `via`, which may hold a password by mistake."""
        super().__init__(text)
        self.flaw, self.value = flaw, value


@dataclass(frozen=True, slots=True)
class JumpHost:
    """Where a vantage logs in to look from there."""

    user: str
    address: IPAddress
    port: int

    def __str__(self) -> str:
        """Give `address:port`, IPv6 in brackets."""
        return f"[{self.address}]:{self.port}" if ":" in str(self.address) else f"{self.address}:{self.port}"


def is_jump(via: str) -> bool:
    """Tell whether a vantage looks through a jump host."""
    return via.startswith(_PREFIX)


def jump_host(via: str) -> JumpHost:
    """Read `ssh://user@address[:port]`.

    Raises: ViaError for anything else, and for a host name: looking a name up would send packets nobody asked for.
    """
    match = _VIA.fullmatch(via)
    if match is None:
        raise ViaError("form", "expected ssh://user@address[:port]")
    try:
        address = ip_address(match["v6"] or match["v4"])
    except ValueError:
        raise ViaError("name", "the jump host must be given as an address; names are not looked up") from None
    port = int(match["port"] or _SSH_PORT)
    if port not in _PORTS:
        raise ViaError("port", f"port {port} does not exist", str(port))
    return JumpHost(match["user"], address, port)
