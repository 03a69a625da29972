"""The nftables rules that lead all TCP ports of an address to one of them."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_address

HOOKS = ("prerouting", "output")
"""What comes from outside passes the first, what the same machine sends (all of a loopback lab) the second."""


def redirect_rules(address: str, port: int, except_ports: Iterable[int]) -> str:
    """Write the table of one address, which replaces an older one of the same address."""
    parsed = ip_address(address)
    family, target = ("ip", f"{address}:{port}") if parsed.version == 4 else ("ip6", f"[{address}]:{port}")  # noqa: PLR2004 - IP version
    kept = ", ".join(str(number) for number in sorted({port, *except_ports}))
    rule = f"{family} daddr {address} tcp dport != {{ {kept} }} dnat to {target}"
    name = f"lab_everywhere_{parsed.packed.hex()}"
    chains = "".join(
        f"  chain {hook} {{\n    type nat hook {hook} priority -100;\n    {rule}\n  }}\n" for hook in HOOKS
    )
    # `table` before `delete` makes it, so that there always is one to delete.
    return f"table {family} {name}\ndelete table {family} {name}\ntable {family} {name} {{\n{chains}}}\n"
