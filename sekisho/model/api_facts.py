"""Facts about services that are spoken to by HTTP: databases, administration of containers, and icons of pages."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ApiAnswer:
    """What an interface for programs showed of itself in an HTTP answer. Subject: service.

    api: elasticsearch | opensearch | couchdb | influxdb | prometheus | docker | kubernetes | etcd. version: as told, ""
    if it wasn't. access: answered (it serves callers who have not logged in) | demanded | not_seen (what was asked is
    told to everybody).
    """

    api: str
    version: str
    access: str

    @property
    def shown(self) -> str:
        """Say it for people who know the protocol."""
        said = {"answered": "answers without a log-in", "demanded": "demands a log-in"}.get(self.access, "")
        return ", ".join(text for text in (f"{self.api} {self.version}".strip(), said) if text)


@dataclass(frozen=True, slots=True)
class HttpIcon:
    """The icon of a web page. Subject: service. path: where it stands. md5: of its bytes, by which such lists go."""

    path: str
    md5: str
