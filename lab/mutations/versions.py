"""Changes of a version that a device shows in a banner, a header or a system description."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from typing import Any

from lab.mutations.model import Candidate, Folder, TruthChange, addresses, finding_changes
from lab.mutations.tables import TableRow, read_rows

SHOWN_IN = ("banner", "server", "sysdescr", "title")
VERSION = re.compile(r"(?<![0-9])(?<![0-9]\.)[0-9]+(?:\.[0-9]+)+(?![0-9.])")
VERSION_CELL = re.compile(r"(?i:v|ver\.?|rev\.?)?\s*[0-9]+(\.[0-9]+)+")
ADDRESS_LIKE = re.compile(r"[0-9]{1,3}(\.[0-9]{1,3}){3}|[0-9]{4}(\.[0-9]{4}){2}")
"""An IPv4 address, or a MAC address in groups of four."""
FIRMWARE_TOPICS = ("firmware.eol", "firmware.vulnerable", "firmware.exploited")
PROTOCOL_PREFIXES = ("SSH-2.0-", "SSH-1.99-", "RFB ")
UNKNOWN_NUMBER = "99"


def versions_changed(folder: Folder) -> Iterator[Candidate]:
    """Let a device show another version: its firmware findings, or what its register says, come out differently."""
    rows = list(read_rows(folder.root / "engagement" / "documents"))
    for host in folder.hosts():
        declared = _declared_versions(host, rows)
        for version in sorted({found for _, _, text in _texts(host) for found in _versions(text)}):
            for other in (".".join(UNKNOWN_NUMBER for _ in version.split(".")), *sorted(declared - {version})):
                changes = _firmware_changes(folder, host, other) + _mismatch_changes(
                    folder, host, declared, version, other
                )
                if changes:
                    apply = partial(_replace, host, version, other)
                    yield Candidate("version-changed", str(host["name"]), version, other, changes, apply)


def _firmware_changes(folder: Folder, host: Any, other: str) -> tuple[TruthChange, ...]:  # noqa: ANN401
    """Give the `fail` rows that go, since nothing is known to be wrong with a version that doesn't exist."""
    if not other.startswith(UNKNOWN_NUMBER):
        return ()
    subjects = {f"host:{address}" for address in addresses(host)} | {
        f"service:{address}/{service.get('transport', 'tcp')}/{service['port']}"
        for address in addresses(host)
        for service in host.get("service", [])
        if "port" in service
    }
    return tuple(
        change for topic in FIRMWARE_TOPICS for change in finding_changes(folder, subjects, topic, {"fail": None})
    )


def _mismatch_changes(
    folder: Folder,
    host: Any,  # noqa: ANN401 - an editable table
    declared: set[str],
    before: str,
    after: str,
) -> tuple[TruthChange, ...]:
    """Give the rows of a device whose version agrees with the register no longer, or agrees now."""
    subjects = {f"host:{address}" for address in addresses(host)}
    if before in declared and after not in declared:
        return finding_changes(folder, subjects, "register.mismatch", {"pass": "fail"})
    if after in declared and before not in declared:
        return finding_changes(folder, subjects, "register.mismatch", {"fail": "pass"})
    return ()


def _declared_versions(host: Any, rows: list[TableRow]) -> set[str]:  # noqa: ANN401 - an editable table
    """Give what looks like a version in the register rows of a device."""
    own = set(addresses(host))
    naming = [row for row in rows if own & {part for cell in row.cells for part in cell.split()}]
    # A cell that is a version and nothing else: model names and remarks hold numbers too.
    found = (_versions(cell) for row in naming for cell in row.cells if VERSION_CELL.fullmatch(cell.strip()))
    return set().union(*found)


def _texts(host: Any) -> Iterator[tuple[Any, str, str]]:  # noqa: ANN401 - an editable table
    """Give each text that the device shows: (its parameters, name, text)."""
    for service in host.get("service", []):
        params = service.get("params", {})
        for name in SHOWN_IN:
            if isinstance(params.get(name), str):
                yield params, name, str(params[name])


def _versions(text: str) -> set[str]:
    """Find what looks like a version of software, which the protocol's own number isn't."""
    for prefix in PROTOCOL_PREFIXES:
        text = text.removeprefix(prefix)
    return {found for found in VERSION.findall(text) if not ADDRESS_LIKE.fullmatch(found)}


def _replace(host: Any, before: str, after: str) -> None:  # noqa: ANN401 - an editable table
    """Change the version wherever the device shows it: it is one parameter of the device."""
    for params, name, text in list(_texts(host)):
        if before in _versions(text):
            prefix = next((prefix for prefix in PROTOCOL_PREFIXES if text.startswith(prefix)), "")
            params[name] = prefix + text.removeprefix(prefix).replace(before, after)
