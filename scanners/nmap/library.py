"""The one adapter of python-nmap: it dissects the report on one host; it never starts nmap.

python-nmap's constructor runs `nmap -V` and its `scan` runs nmap; only its reader is used, without the constructor.
It is fed one host at a time from a tree that defusedxml has accepted, because it stops at the first host it does not
like, needs a summary that an interrupted run lacks, and keeps only the last of two reports on one address.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from xml.etree.ElementTree import Element, SubElement, tostring

import nmap

from sekisho.errors import ParseError

_TRANSPORTS: Final = ("tcp", "udp")


class _Reader(nmap.PortScanner):  # type: ignore[misc]  # python-nmap has no types
    """python-nmap's reader alone."""

    def __init__(self) -> None:
        """Leave the base constructor out: it starts a process."""
        self._nmap_last_output = ""
        self._scan_result: dict[str, Any] = {}


def dissect_host(element: Element) -> Mapping[tuple[str, int], Mapping[str, str]]:
    """Give the ports of one <host>: (transport, port) → state, name, product, version, extrainfo, conf.

    Raises: ParseError when python-nmap can't read it.
    """
    document = Element("nmaprun")
    document.append(element)
    summary = SubElement(document, "runstats")
    SubElement(summary, "finished")
    SubElement(summary, "hosts")
    try:
        result = _Reader().analyse_nmap_xml_scan(tostring(document, encoding="unicode"))
        (found,) = result["scan"].values()
        return {
            (transport, int(port)): {
                key: str(value or "") for key, value in row.items() if isinstance(value, str | None)
            }
            for transport in _TRANSPORTS
            for port, row in found.get(transport, {}).items()
        }
    except (nmap.PortScannerError, AttributeError, LookupError, TypeError, ValueError, RecursionError) as error:
        msg = f"nmap host: {type(error).__name__}: {str(error)[:200]}"
        raise ParseError(msg) from error
