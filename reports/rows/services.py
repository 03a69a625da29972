"""Rows of the open services."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from reports.edition import Edition
from reports.inert import visible
from reports.order import subject_key
from reports.rows.marks import Tally
from reports.width import shorten
from sekisho.model.report import BY_PORT, FindingPart, ServicePart, SshPart
from sekisho.model.report_tls import CertificatePart, TlsListPart, TlsPart

_LINE_ENDS: Final = re.compile(r"[\r\n]+")
_BANNER_UNITS: Final = 240
"""Half-width units of a banner that a table shows; the whole is in the evidence."""


@dataclass(frozen=True, slots=True)
class ServiceRow:
    """One open port in words. details: lines on TLS, certificate, SSH, HTTP and greeting."""

    part: ServicePart
    host: str
    endpoint: str
    protocol: str
    product: str
    management: str
    details: tuple[str, ...]
    seen_from: str
    tally: Tally
    findings: tuple[str, ...]


def service_rows(edition: Edition) -> tuple[ServiceRow, ...]:
    """Give all services by address and port."""
    by_subject: dict[str, list[FindingPart]] = defaultdict(list)
    for finding in edition.order.findings:
        by_subject[finding.subject].append(finding)
    parts = sorted(edition.report.services, key=lambda s: subject_key(s.id))
    return tuple(_row(edition, part, tuple(by_subject[part.id])) for part in parts)


def _row(edition: Edition, part: ServicePart, found: tuple[FindingPart, ...]) -> ServiceRow:
    """Print one service."""
    words = edition.words
    return ServiceRow(
        part=part,
        host=edition.names.subject(f"host:{part.address}"),
        endpoint=f"{part.transport.upper()} {part.port}",
        protocol=_protocol(edition, part.protocol),
        product=words.free(f"{part.product} {part.version}".strip()),
        management=words("service.management") if part.management else words("none"),
        details=tuple(_details(edition, part)),
        seen_from=words.join(part.seen_from),
        tally=Tally.of(found),
        findings=tuple(edition.order.finding_numbers[f.id] for f in found),
    )


def _protocol(edition: Edition, protocol: str) -> str:
    """Name a protocol; one that only the port's number suggests is said to be a guess."""
    words, guessed = edition.words, protocol.removesuffix(BY_PORT)
    named = words.name("protocol", guessed or "unknown")
    return words("service.by_port", protocol=named) if guessed != protocol else named


def _details(edition: Edition, part: ServicePart) -> Iterator[str]:
    """Print what is known of the service beyond its port."""
    words = edition.words
    if part.tls:
        yield from _tls(edition, part.tls)
    if part.ssh:
        yield from _ssh(edition, part.ssh)
    if part.http:
        http = part.http
        title = words.free(http.title or http.realm)
        key = "service.http_login" if http.login else "service.http"
        yield words(key, status=http.status, title=title, server=words.free(http.server))
    if part.banner:
        # line ends are the least telling part of a greeting, and many fonts lack their pictures
        one_line = _LINE_ENDS.sub(" ↵ ", part.banner.strip("\r\n"))
        yield words("service.banner", text=shorten(visible(one_line), _BANNER_UNITS))


def _tls(edition: Edition, tls: TlsPart) -> Iterator[str]:
    """Print versions, suites, client certificate and leaf; what was not tried is said."""
    words = edition.words
    accepted, untried = (words.names("tls", v) or words("none") for v in (tls.versions, tls.untried))
    yield words("service.tls", accepted=accepted, refused=words.names("tls", tls.refused) or words("none"))
    if tls.untried:
        yield words("service.tls_untried", untried=untried)
    if tls.differs:
        yield words("service.tls_differs", differing=words.names("tls_differing", tls.differs))
    if tls.lists:
        yield from (_list(edition, one) for one in tls.lists)
    elif tls.suites:
        yield words("service.tls_suites", suites=words.join(tls.suites))
    asked = {True: "yes", False: "no", None: "unknown"}[tls.client_certificate_requested]
    yield words("service.client_certificate", asked=words.name("requested", asked))
    for leaf in (*((tls.certificate,) if tls.certificate else ()), *tls.further_certificates):
        yield _certificate(edition, leaf)


def _list(edition: Edition, one: TlsListPart) -> str:
    """Print suites and groups of one version; an open or inferred end is said."""
    words = edition.words
    ends = [words("service.tls_list_open")] if not one.complete else []
    if not one.groups_complete:
        ends.append(words("service.tls_groups_open"))
    elif one.end_inferred and not one.groups_inferred:
        ends.append(words("service.tls_end_inferred"))
    if one.groups_inferred:
        ends.append(words("service.tls_groups_inferred", groups=words.join(one.groups_inferred)))
    return words(
        "service.tls_list",
        version=words.name("tls", one.version),
        suites=words.join(one.suites),
        groups=words.join(one.groups) or words("none"),
        end="".join(ends),
    )


def _certificate(edition: Edition, leaf: CertificatePart) -> str:
    """Print the leaf certificate."""
    words = edition.words
    return words(
        "service.certificate_self" if leaf.self_signed else "service.certificate",
        subject=words.free(leaf.subject),
        issuer=words.free(leaf.issuer),
        names=words.join(leaf.names),
        key=f"{visible(leaf.key.upper())} {leaf.key_bits}",
        hash=words.free(leaf.signature_hash.upper()),
        since=edition.time.day(leaf.not_before),
        until=edition.time.day(leaf.not_after),
    )


def _ssh(edition: Edition, ssh: SshPart) -> Iterator[str]:
    """Print the SSH lists, the host keys that were read, and what lacks the counter-measure to Terrapin."""
    words = edition.words
    yield words(
        "service.ssh",
        banner=words.free(ssh.banner),
        kex=words.join(ssh.kex),
        host_keys=words.join(ssh.host_keys),
        ciphers=words.join(ssh.ciphers),
        macs=words.join(ssh.macs),
    )
    if ssh.keys:
        yield words(
            "service.ssh_keys", keys=words.join(tuple(f"{k.type} {k.bits} SHA256:{k.sha256}" for k in ssh.keys))
        )
    if ssh.terrapin:
        yield words("service.ssh_terrapin", algorithms=words.join(ssh.terrapin))
