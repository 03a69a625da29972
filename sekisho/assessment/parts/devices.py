"""Report parts about what was found: assets, services, connection points, findings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

from sekisho.assessment.judge import Judged
from sekisho.assessment.parts.tls import tls_part
from sekisho.assessment.survey import Standing, Survey
from sekisho.assessment.wording import tier_text
from sekisho.inventory.assets import Asset
from sekisho.inventory.index import Index
from sekisho.inventory.points import Point
from sekisho.inventory.products import best, full_name
from sekisho.inventory.services import ServiceSeen
from sekisho.model.engagement import DeclaredLine
from sekisho.model.facts import (
    Greeting,
    HttpAnswer,
    ServiceDetected,
)
from sekisho.model.protocols import SPEAKING
from sekisho.model.report import (
    AssetPart,
    ConnectionPointPart,
    FindingPart,
    HttpPart,
    ServicePart,
    SshDirectionPart,
    SshKeyPart,
    SshPart,
)
from sekisho.model.ssh_facts import SshDirection, SshHostKey, SshOffer
from sekisho.model.subjects import Subject, declared_point

_JOIN: Final = " / "


def asset_parts(survey: Survey) -> tuple[AssetPart, ...]:
    """Give every device, sorted by id."""
    return tuple(sorted((_asset(s) for s in survey.standings.values()), key=lambda a: a.id))


def _asset(standing: Standing) -> AssetPart:
    """Give one device; what it showed comes before what the register says."""
    asset, product = standing.asset, standing.asset.product
    shown = (product.vendor, product.product, product.version) if product else ("", "", "")
    rows = asset.rows
    return AssetPart(
        id=asset.id,
        addresses=tuple(map(str, asset.addresses)),
        macs=asset.macs or tuple(sorted({m.lower() for r in rows for m in r.macs})),
        hostname=next(iter(asset.names), "") or _first(r.hostname for r in rows),
        vendor=shown[0] or _first(r.maker for r in rows),
        product=shown[1] or _first(r.model for r in rows),
        version=shown[2] or ("" if product else _first(r.version for r in rows)),
        category=standing.category,
        tier=str(standing.tier),
        tier_reason=tier_text(*standing.tier_by),
        declared=asset.declared,
        observed=asset.observed,
        numbers=asset.numbers,
        location=_first(r.location for r in rows),
        origins=_origins(asset),
        evidence=asset.evidence,
    )


def _origins(asset: Asset) -> tuple[str, ...]:
    """Say where the values come from: cells of registers, fingerprints, devices it may be one with."""
    cells = {str(r.origin) for r in asset.rows} | {str(line.origin) for line in asset.lines}
    patterns = {f"fingerprint:{h.product.pattern}" for h in asset.hits}
    return tuple(sorted(cells | patterns | {f"possibly_same:{s}" for s in asset.possibly_same}))


def service_parts(survey: Survey) -> tuple[ServicePart, ...]:
    """Give every open port, sorted by id."""
    return tuple(sorted((_service(survey, s) for s in survey.inventory.services), key=lambda s: s.id))


def _service(survey: Survey, service: ServiceSeen) -> ServicePart:
    """Give one open port."""
    index = survey.inventory.index
    product = best(service.hits)
    detected = next((o.value for o in index.of(ServiceDetected, service.subject) if o.value.product), None)
    standing = survey.standing(service.subject)
    return ServicePart.model_validate(
        {
            "id": service.subject,
            "asset": standing.asset.id if standing else "",
            "address": str(service.address),
            "transport": service.transport,
            "port": service.port,
            "protocol": service.shown,
            "product": full_name(product) if product else detected.product if detected else "",
            "version": product.version if product else detected.version if detected else "",
            "banner": _banner(index, service.subject),
            "management": survey.inventory.exposures[service.subject].management,
            "tls": tls_part(index, service.subject),
            "ssh": _ssh(index, service.subject),
            "http": _http(index, service.subject),
            "seen_from": service.open_from,
            "evidence": service.evidence,
        }
    )


def _banner(index: Index, subject: Subject) -> str:
    """Give what a service said of itself, "" if nothing."""
    said = (
        *(o.value.text for o in index.of(Greeting, subject)),
        *(o.value.banner for o in index.of(SshOffer, subject)),
        *("\n".join(sorted({o.value.shown for o in index.of(kind, subject)})) for kind in SPEAKING),
    )
    return next((text for text in said if text), "")


def _ssh(index: Index, subject: Subject) -> SshPart | None:
    """Give the SSH facts of a service: the first offer that was read, and all host keys shown."""
    offer = next((o.value for o in index.of(SshOffer, subject)), None)
    if offer is None:
        return None
    keys = sorted({(k.key_type, k.key_bits, k.sha256) for k in (o.value for o in index.of(SshHostKey, subject))})
    return SshPart(
        banner=offer.banner,
        protocol=offer.protocol,
        kex=offer.kex,
        host_keys=offer.host_keys,
        ciphers=offer.ciphers,
        macs=offer.macs,
        to_client=_direction(offer.to_client),
        to_server=_direction(offer.to_server),
        keys=tuple(SshKeyPart(type=t, bits=b, sha256=s) for t, b, s in keys),
        strict_kex=offer.has_strict_kex if offer.kex else None,
        terrapin=offer.open_to_terrapin,
    )


def _direction(lists: SshDirection) -> SshDirectionPart:
    """Give the lists of one direction."""
    return SshDirectionPart(ciphers=lists.ciphers, macs=lists.macs, compressions=lists.compressions)


def _http(index: Index, subject: Subject) -> HttpPart | None:
    """Give the HTTP facts of a service, of the answer inside TLS if there are both."""
    pages = sorted((o.value for o in index.of(HttpAnswer, subject)), key=lambda p: (not p.tls, p.path != "/", repr(p)))
    if not pages:
        return None
    page = pages[0]
    login = any(p.has_login_form or p.auth for p in pages if p.tls == page.tls)
    return HttpPart(status=page.status, server=page.server, title=page.title, realm=page.realm, login=login)


def point_parts(points: Iterable[Point], judged: Sequence[Judged]) -> tuple[ConnectionPointPart, ...]:
    """Give every connection point with the findings about it, its services and its device, sorted by id."""
    about: dict[Subject, list[str]] = defaultdict(list)
    for one in judged:
        about[one.finding.subject].append(one.id)
    return tuple(_point(p, about) for p in sorted(points, key=lambda p: p.id))


def _point(point: Point, about: dict[Subject, list[str]]) -> ConnectionPointPart:
    """Give one connection point."""
    lines = point.lines
    subjects = {point.id, *point.services, *(declared_point(line.number) for line in lines)}
    subjects |= {point.asset.id} if point.asset else set()
    return ConnectionPointPart(
        id=point.id,
        kinds=point.kinds,
        name=point.name,
        asset=point.asset.id if point.asset else None,
        addresses=tuple(map(str, point.addresses)),
        counterpart=_joined(line.counterpart for line in lines),
        declared=point.declared,
        observed=point.observed,
        numbers=tuple(sorted({line.number for line in lines})),
        owner=_joined(line.owner for line in lines),
        carrier=_joined(line.carrier for line in lines),
        purpose=_joined(line.purpose for line in lines),
        remote_maintenance=_stated(lines, "remote_maintenance"),
        source_restriction=_stated(lines, "source_restriction"),
        found_by=point.found_by,
        services=point.services,
        findings=tuple(sorted(i for s in subjects for i in about.get(s, ()))),
        evidence=point.evidence,
    )


def _stated(lines: Iterable[DeclaredLine], cell: str) -> str:
    """Give yes or no as the lines state it, "" where none does; of both the one that asks for more care."""
    said = {str(getattr(line, cell)) for line in lines}
    order = ("yes", "no") if cell == "remote_maintenance" else ("no", "yes")
    return next((s for s in order if s in said), "")


def finding_parts(judged: Iterable[Judged]) -> tuple[FindingPart, ...]:
    """Give every finding, sorted by id."""
    return tuple(sorted((_finding(j) for j in judged), key=lambda f: f.id))


def _finding(judged: Judged) -> FindingPart:
    """Give one finding."""
    finding, verdict = judged.finding, judged.finding.verdict
    return FindingPart(
        id=judged.id,
        check=finding.check,
        check_version=finding.check_version,
        topic=finding.topic,
        subject=finding.subject,
        verdict=verdict.judgement.value,
        severity=finding.severity.value,
        confidence=verdict.confidence.value,
        title=judged.title,
        reason=judged.reason,
        remediation=judged.remediation,
        act=finding.act.value,
        items=finding.items,
        cves=tuple(sorted(set(verdict.cves))),
        evidence=tuple(sorted(set(verdict.evidence))),
    )


def _first(texts: Iterable[str]) -> str:
    """Give the first text that is not empty."""
    return next((t for t in texts if t), "")


def _joined(texts: Iterable[str]) -> str:
    """Join different texts, each once, in order."""
    return _JOIN.join(dict.fromkeys(t for t in texts if t))
