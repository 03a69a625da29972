"""Who can reach which service, and who is meant to (docs/topics.md, Management and maintenance)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from sekisho.inventory.assets import Asset
from sekisho.inventory.index import Index
from sekisho.inventory.management import (
    ManagementRules,
    Standing,
    administration_page,
    perhaps_administration,
    standing_of,
)
from sekisho.inventory.reach import Reach
from sekisho.inventory.services import ServiceSeen
from sekisho.model.control import control_of
from sekisho.model.database_facts import MssqlPrelogin
from sekisho.model.engagement import AccessRow, Vantage
from sekisho.model.facts import FtpFeatures, HttpAnswer, ServiceExposure, SnmpSystem
from sekisho.model.run import VantageUse
from sekisho.model.subjects import IPAddress, Subject, endpoint_of
from sekisho.model.windows_facts import RdpSecurity

_FTP, _MSSQL, _BASIC = "ftp", "mssql", "basic"
_INSIDE_TLS: Final = frozenset({"tls", "credssp"})  # MS-RDPBCGR 5.4.5.1: CredSSP runs inside TLS as well
_REDIRECTS: Final = range(300, 400)


@dataclass(frozen=True, slots=True)
class Access:
    """The [[access]] rows, and the addresses we looked from."""

    rows: tuple[AccessRow, ...]
    sources: Mapping[str, tuple[IPAddress, ...]]

    @classmethod
    def of(cls, rows: tuple[AccessRow, ...], vantages: Iterable[Vantage], uses: Iterable[VantageUse]) -> Access:
        """Collect each vantage's stated and used source addresses."""
        sources = {v.name: v.sources for v in vantages}
        for use in uses:
            if use.name in sources:
                sources[use.name] = (*sources[use.name], *use.sources)
        return cls(rows, sources)

    def naming(self, subject: Subject) -> tuple[AccessRow, ...]:
        """Give the rows that name a service by address and port; none for other subjects."""
        if (endpoint := endpoint_of(subject)) is None:
            return ()
        address, transport, port = endpoint
        return tuple(r for r in self.rows if f"{transport}/{port}" in r.ports and _within(address, r))

    def meant(self, subject: Subject, vantages: Iterable[str]) -> tuple[str, ...]:
        """Give those of some vantages that a row permits to a service, by name or by source address."""
        rows = self.naming(subject)
        return tuple(sorted(v for v in vantages if any(self._permits(r, v) for r in rows)))

    def _permits(self, row: AccessRow, vantage: str) -> bool:
        """Tell whether a row names a vantage or one of its source addresses."""
        if vantage in row.vantages:
            return True
        sources = self.sources.get(vantage, ())
        return any(s.version == n.version and s in n for s in sources for n in row.sources)


def exposure(
    service: ServiceSeen, *, asset: Asset | None, rules: ManagementRules, access: Access, seen: tuple[Index, Reach]
) -> ServiceExposure:
    """Say from where one service answered, whether it administers the device, and whether a log-in can be read.

    A vantage counts as tried in vain only if it got an answer from anybody: the silence of a dead cable is no filter.
    And only beside a control (`sekisho.model.control`): a service that is down is silent to all.
    Only the engagement's own vantages count: from where a file handed over was made is not known.
    """
    index, reach = seen
    pages = tuple(o.value for o in index.of(HttpAnswer, service.subject))
    standing = standing_of(rules, asset)
    why = f"protocol {service.protocol}" if service.protocol in rules.encrypted else ""
    if not why and pages and (sign := administration_page(rules, service, pages, asset)):
        why = f"page {sign}"
    silent = tuple(v for v in service.silent_from if v in reach.working and v in access.sources)
    kept_out = tuple(v for v in silent if control_of(v, service.tries) is not None)
    answered = tuple(v for v in service.open_from if v in access.sources)
    return ServiceExposure(
        protocol=service.judged,
        management=bool(why),
        why=why,
        clear_text=_clear(service, rules, index, pages if why else ()),
        login=any(p.has_login_form or p.auth for p in pages) or service.protocol == _MSSQL,
        answered_from=answered,
        silent_from=kept_out,
        uncontrolled_from=tuple(v for v in silent if v not in kept_out),
        meant_from=access.meant(service.subject, (*answered, *silent)),
        access_stated=bool(access.naming(service.subject)),
        encrypted=_insists(service, index),
        perhaps=not why and perhaps_administration(rules, service, pages, standing),
        appliance=standing is not Standing.OTHER,
        login_readable=any(_is_readable(p) for p in pages) or _takes_clear_log_ins(service, index),
    )


def redirects_to_https(index: Index, service: ServiceSeen) -> bool:
    """Tell whether a plain HTTP service did nothing but send clients to HTTPS."""
    pages = [o.value for o in index.of(HttpAnswer, service.subject)]
    return bool(pages) and all(
        not p.tls and p.status in _REDIRECTS and p.location.lower().startswith("https:") for p in pages
    )


def _clear(service: ServiceSeen, rules: ManagementRules, index: Index, pages: tuple[HttpAnswer, ...]) -> bool:
    """Tell whether a log-in to this service was seen to be readable on the wire."""
    if service.protocol == _FTP:
        # only the answer to FEAT tells that AUTH TLS is missing; a mere greeting says nothing of it
        answers = [o.value for o in index.of(FtpFeatures, service.subject) if o.value.answered]
        return bool(answers) and not any(a.auth_tls for a in answers)
    kind = rules.encrypted.get(service.protocol, "tls" if pages else "unseen")
    if kind == "never":
        return not service.tls
    if kind == "version":
        return any(o.value.version in {"v1", "v2c"} for o in index.of(SnmpSystem, service.subject))
    return kind == "tls" and any(not p.tls for p in pages) and service.protocol != "https"


def _is_readable(page: HttpAnswer) -> bool:
    """Tell whether a page in clear text asks for a password that will travel as it is (RFC 7617: Basic encodes)."""
    return not page.tls and (page.has_login_form or page.auth.lower() == _BASIC)


def _takes_clear_log_ins(service: ServiceSeen, index: Index) -> bool:
    """Tell whether an SQL Server said that it has no encryption, not even for the log-in."""
    return any(o.value.encryption == "not_supported" for o in index.of(MssqlPrelogin, service.subject))


def _insists(service: ServiceSeen, index: Index) -> bool:
    """Tell whether a service was seen to refuse a session without TLS."""
    levels = {o.value.lowest for o in index.of(RdpSecurity, service.subject)}
    return bool(levels) and levels <= _INSIDE_TLS


def _within(address: IPAddress, row: AccessRow) -> bool:
    """Tell whether a row's destinations hold an address."""
    return any(n.version == address.version and address in n for n in row.to)
