"""Who may reach a service, as nftables rules in the namespace of its host: the others are dropped or refused."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_address
from pathlib import Path

from lab.errors import LabError
from lab.nft import NftError, find_program, load_rules
from lab.scenario.model import Host, Scenario, Service


def needed_by(scenario: Scenario) -> tuple[str, ...]:
    """List the services that reject, as `host tcp/22`; empty = loopback doesn't need nft."""
    return tuple(
        f"{host.name} {service.transport}/{service.port}"
        for host in scenario.host
        if host.is_reachable
        for service in host.service
        if service.reject
    )


def check_program(scenario: Scenario) -> None:
    """Refuse a scenario that rejects where nft isn't there: dropping instead would make its truth wrong."""
    if (services := needed_by(scenario)) and find_program() is None:
        raise LabError("reject.no_nft", services=", ".join(services))


def rules(hosts: Iterable[Host], *, drops: bool) -> str:
    """Write the table for hosts that share a namespace; empty when it would hold nothing.

    Takes: hosts; drops: also for services that drop (and not only for those that refuse).
    """
    lines = [
        line
        for host in hosts
        if host.is_reachable
        for service in host.service
        if service.reject or (drops and service.sources is not None)
        for address in host.addresses
        for line in _service_rules(service, address)
    ]
    return table("sources", lines)


def silence() -> str:
    """Write the table of a host that answers nothing but the question who has its address."""
    neighbour = "icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept"
    return table("silence", [neighbour, "drop"])


def table(name: str, lines: Iterable[str]) -> str:
    """Write a table with one chain for what comes in; empty without rules."""
    body = "\n".join(f"    {line}" for line in lines)
    if not body:
        return ""
    return f"table inet lab_{name} {{\n  chain input {{\n    type filter hook input priority 0;\n{body}\n  }}\n}}\n"


def _service_rules(service: Service, address: str) -> list[str]:
    """Write the rules of one address: its sources pass, all others don't."""
    version = ip_address(address).version
    family = "ip6" if version == 6 else "ip"  # noqa: PLR2004 - IP version
    allowed = [str(source) for source in service.sources or () if source.version == version]
    target = f"{family} daddr {address} {service.transport} dport {service.port}"
    refuse = "reject with tcp reset" if service.transport == "tcp" else "reject"
    accept = [f"{family} saddr {{ {', '.join(allowed)} }} {target} accept"] if allowed else []
    return [*accept, f"{target} {refuse if service.reject else 'drop'}"]


def load(rules: str, *, file: Path | None = None) -> None:
    """Load rules, and before them a file of rules, into the namespace that this thread is in.

    Raises: LabError with nft's own words.
    """
    try:
        for text in (file.read_text("utf-8") if file else "", rules):
            if text:
                load_rules(text)
    except NftError as refused:
        raise LabError("reject.refused", reason=str(refused)) from refused
