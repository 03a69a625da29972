"""What a scanner of one service needs to know beforehand, and its transcript has to keep."""

from __future__ import annotations

from typing import Any, Final

from sekisho.engine.kit import Kit
from sekisho.engine.knowledge import HostKnowledge
from sekisho.model.services import ServiceView
from sekisho.model.subjects import service
from sekisho.registry import Scanner

_SHUTS_OUT: Final = frozenset({"mysql"})  # max_connect_errors, 100: broken handshakes, and full depth may make 110


def options_of(kit: Kit, known: HostKnowledge, scanner: Scanner, view: ServiceView) -> dict[str, Any]:
    """Give the options of a job on one TCP service."""
    endpoint = f"{known.address}:{view.port}"  # as intake writes the keys of [names], IPv6 without brackets
    options: dict[str, Any] = {"names": list(kit.engagement.names.get(endpoint, ()))}
    options |= scanner.options(view)
    subject = service(known.address, "tcp", view.port)
    greeting, proven = known.greetings.get(subject), known.protocols.get(subject)
    if scanner.id == "tls":
        options["depth"] = "quick" if proven in _SHUTS_OUT else kit.pace.tls
    if scanner.id == "tls" and (proven or greeting is not None):
        options["greeting"] = proven or (greeting.protocol if greeting else "")
    return options
