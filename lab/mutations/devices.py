"""Changes of devices: a host goes down, a port shuts out the survey, TLS versions change."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from lab.devices.registry import kinds
from lab.devices.tls.params import TlsParams
from lab.mutations.model import Candidate, Folder, TruthChange, addresses, finding_changes, service_place

OLD_VERSIONS = frozenset({"ssl3", "tls1.0", "tls1.1"})
OLD_SUITES = {"rsa": "ECDHE-RSA-AES128-SHA", "ec": "ECDHE-ECDSA-AES128-SHA"}
"""Served by every version before TLS 1.3, by kind of key."""


def hosts_down(folder: Folder) -> Iterator[Candidate]:
    """Let a host that is up go down: all its ports are gone."""
    for host in folder.hosts():
        own = set(addresses(host))
        gone = tuple(TruthChange("services", row, None) for row in folder.rows("services") if row["at"] in own)
        if gone:
            yield Candidate("host-down", str(host["name"]), "up", "down", gone, partial(_set, host, "state", "down"))


def sources_closed(folder: Folder) -> Iterator[Candidate]:
    """Let a port that the survey sees answer nobody but the host itself."""
    for host, service in _services(folder):
        gone = _service_rows(folder, host, service)
        if gone and not service.get("reject", False):
            before, after = list(service.get("sources", [])), addresses(host)
            yield Candidate(
                "sources-closed",
                service_place(host, service),
                ", ".join(before) or "everybody",
                ", ".join(after),
                gone,
                partial(_set, service, "sources", after),
            )


def sources_opened(folder: Folder) -> Iterator[Candidate]:
    """Open a port to everybody that truth doesn't list, since it answers others only."""
    for host, service in _services(folder):
        is_new = folder.is_complete("services") and not _service_rows(folder, host, service)
        if "sources" in service and is_new and not service.get("reject", False):
            rows = tuple(
                TruthChange(
                    "services", None, {"at": address, "transport": _transport(service), "port": service["port"]}
                )
                for address in addresses(host)[:1]
            )
            before = ", ".join(service["sources"])
            place = service_place(host, service)
            yield Candidate("sources-opened", place, before, "everybody", rows, partial(service.pop, "sources"))


def tls_versions(folder: Folder) -> Iterator[Candidate]:
    """Let a TLS service accept an old version, or no old one any more."""
    for host, service in _services(folder):
        # What doesn't speak TLS as it is set up has no row in the truth for it, and is left out below.
        if not issubclass(kinds()[service["kind"]].params, TlsParams):
            continue
        params = service.get("params", {})
        before = [str(version) for version in params.get("versions", ["tls1.2", "tls1.3"])]
        is_old = bool(OLD_VERSIONS & set(before))
        # without 1.3 the policy fails whatever else changes, so that nothing would have to be noticed
        after = ["tls1.2", "tls1.3"] if is_old else ["tls1.0", *before]
        subjects = {f"service:{address}/tcp/{service['port']}" for address in addresses(host)}
        changes = finding_changes(folder, subjects, "tls.version", {"fail": "pass"} if is_old else {"pass": "fail"})
        if changes:
            yield Candidate(
                "tls-versions",
                service_place(host, service),
                ", ".join(before),
                ", ".join(after),
                changes,
                partial(_set_versions, service, after, needs_old_suite=not is_old),
            )


def _set_versions(service: Any, versions: list[str], *, needs_old_suite: bool) -> None:  # noqa: ANN401
    """Set the versions; an old one needs a suite that it can use."""
    params = service.setdefault("params", {})
    params["versions"] = versions
    if needs_old_suite and "suites" in params:
        suite = OLD_SUITES["ec" if str(params.get("certificate", {}).get("key", "rsa")).startswith("ec") else "rsa"]
        params["suites"] = [*params["suites"], suite]


def _set(table: Any, key: str, value: object) -> None:  # noqa: ANN401 - an editable table
    """Set a key."""
    table[key] = value


def _services(folder: Folder) -> Iterator[tuple[Any, Any]]:
    """Give each service of the hosts that are up; what has no port (routing protocols) can't be opened or closed."""
    for host in folder.hosts():
        for service in host.get("service", []):
            if "port" in service:
                yield host, service


def _transport(service: Any) -> str:  # noqa: ANN401 - an editable table
    """Give a service's transport."""
    return str(service.get("transport", "tcp"))


def _service_rows(folder: Folder, host: Any, service: Any) -> tuple[TruthChange, ...]:  # noqa: ANN401
    """Give the truth rows of a service, as rows that go."""
    own = set(addresses(host))
    return tuple(
        TruthChange("services", row, None)
        for row in folder.rows("services")
        if row["at"] in own and (row["transport"], row["port"]) == (_transport(service), service["port"])
    )
