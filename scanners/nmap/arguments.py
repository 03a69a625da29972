"""With which arguments nmap is started. Pure.

-n and -Pn: no name resolution, no ping. -sT: plain connects, no crafted packets. -sV with intensity 2: only the few
probes that are right most often (nmap: --version-light). --max-parallelism 1: one probe at a time. Ports are listed one
by one: those already found open, never a range. No OS detection, no traceroute, and of the scripts only those that -sV
brings along by itself (category `version`), which can't be switched off.
Source: nmap reference guide, "Service and Version Detection" and "Timing and Performance"; measured: perf notes, 6.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from sekisho.model.subjects import IPAddress

NEVER: Final = frozenset({104, 2575, 2761, 2762, 11112, *range(9100, 9108)})
"""DICOM, HL7 and printer ports: an unknown silent service draws the whole probe list, and a printer prints it."""


def allowed(ports: Iterable[int]) -> tuple[int, ...]:
    """Give the ports that service detection may ask, ascending, each once."""
    return tuple(sorted(set(ports) - NEVER))


def build_arguments(address: IPAddress, ports: Iterable[int]) -> tuple[str, ...]:
    """Give nmap's arguments for one host. Raises: ValueError when no port is left."""
    asked = allowed(ports)
    if not asked:
        msg = "nmap arguments: got no port that may be asked, expected at least one"
        raise ValueError(msg)
    family = ("-6",) if address.version == 6 else ()  # noqa: PLR2004 - IP version
    listed = ",".join(str(port) for port in asked)
    return (
        "-n", "-Pn", "-sT", "-sV", "--max-parallelism", "1", "--version-intensity", "2", "-p", listed, "-oX", "-",
        *family, str(address),
    )  # fmt: skip
