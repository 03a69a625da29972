"""Refuses, instead of dropping, the sources that a service doesn't serve: nftables rules in the lab's namespace."""

from __future__ import annotations

from ipaddress import ip_address

from lab.errors import LabError
from lab.nft import NftError, find_program, load_rules
from lab.scenario.model import Scenario, Service


def needed_by(scenario: Scenario) -> tuple[str, ...]:
    """List the services that reject, as `host tcp/22`; empty = nft isn't needed."""
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


def rules(scenario: Scenario) -> str:
    """Write the table: one reject per service and address; empty when no service rejects."""
    lines = [
        line
        for host in scenario.host
        if host.is_reachable
        for service in host.service
        if service.reject
        for address in host.addresses
        for line in _service_rules(service, address)
    ]
    if not lines:
        return ""
    body = "\n".join(f"    {line}" for line in lines)
    return f"table inet lab {{\n  chain input {{\n    type filter hook input priority 0;\n{body}\n  }}\n}}\n"


def _service_rules(service: Service, address: str) -> list[str]:
    """Write the rules of one address: its sources pass, all others are refused."""
    version = ip_address(address).version
    family = "ip6" if version == 6 else "ip"  # noqa: PLR2004 - IP version
    allowed = [str(source) for source in service.sources or () if source.version == version]
    target = f"{family} daddr {address} {service.transport} dport {service.port}"
    refuse = "reject with tcp reset" if service.transport == "tcp" else "reject"
    accept = [f"{family} saddr {{ {', '.join(allowed)} }} {target} accept"] if allowed else []
    return [*accept, f"{target} {refuse}"]


def load(scenario: Scenario) -> None:
    """Load the rules into the namespace that this process is in.

    Raises: LabError with nft's own words.
    """
    if table := rules(scenario):
        try:
            load_rules(table)
        except NftError as refused:
            raise LabError("reject.refused", reason=str(refused)) from refused
