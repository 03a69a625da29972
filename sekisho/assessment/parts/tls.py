"""The part of the report about one TLS service."""

from __future__ import annotations

from collections.abc import Sequence

from sekisho.assessment.coverage import iso
from sekisho.inventory.index import Index
from sekisho.model.facts import TLS_VERSIONS_OLDEST_FIRST, Certificate, CertificateChain, TlsClientAuth, TlsVersions
from sekisho.model.report_tls import (
    CertificatePart,
    ChainPart,
    ChainProblemPart,
    SigningPart,
    TlsFeaturesPart,
    TlsListPart,
    TlsPart,
)
from sekisho.model.subjects import Subject
from sekisho.model.tls_facts import CertificateTrust, TlsExchange, TlsFeatures, TlsSigning, TlsSuites, TlsVersionSuites


def tls_part(index: Index, subject: Subject) -> TlsPart | None:
    """Give the TLS facts of a service; None where none was accepted. Refused is what every look saw refused."""
    seen = [o.value for o in index.of(TlsVersions, subject) if o.value.speaks_tls]
    if not seen:
        return None
    accepted = frozenset[str]().union(*(v.accepted for v in seen))
    untried = frozenset[str]().union(*(v.untried for v in seen)) - accepted
    refused = frozenset[str]().union(*(v.refused for v in seen)) - accepted - untried
    leaves = dict.fromkeys(o.value.chain[0] for o in index.of(CertificateChain, subject) if o.value.chain)
    asked = [o.value.requested for o in index.of(TlsClientAuth, subject) if o.value.requested is not None]
    wanted = dict.fromkeys(name for o in index.of(TlsClientAuth, subject) for name in o.value.authorities)
    looks = [o.value for o in index.of(TlsSuites, subject)]
    lists = _best(looks)
    features = [o.value for o in index.of(TlsFeatures, subject)]
    certificates = tuple(_certificate(leaf) for leaf in leaves)
    return TlsPart(
        versions=_in_order(accepted),
        refused=_in_order(refused),
        untried=_in_order(untried),
        suites=tuple(sorted({s for look in looks for v in look.versions for s in v.suites})),
        client_certificate_requested=any(asked) if asked else None,
        certificate=certificates[0] if certificates else None,
        further_certificates=certificates[1:],
        client_authorities=tuple(wanted),
        depth=lists.depth if lists else "",
        lists=tuple(_list(v) for v in lists.versions) if lists else (),
        features=_features(features[-1]) if features else None,
        differs=tuple(sorted({d for v in seen for d in v.differs})),
        chains=tuple(dict.fromkeys(_chain(o.value) for o in index.of(CertificateTrust, subject))),
    )


def _chain(seen: CertificateTrust) -> ChainPart:
    """Give what a chain leads to."""
    return ChainPart(
        sni=seen.sni,
        key=seen.key,
        leaf=seen.leaf,
        sent=seen.sent,
        path=seen.path,
        store=seen.store,
        trust=seen.trust,
        why=seen.why,
        problems=tuple(ChainProblemPart(reason=p.reason, subject=p.subject, detail=p.detail) for p in seen.problems),
    )


def _best(looks: Sequence[TlsSuites]) -> TlsSuites | None:
    """Give the look that showed most: from several vantages the lists are not mixed."""
    return max(looks, key=lambda look: sum(len(v.suites) + len(v.exchanges) for v in look.versions), default=None)


def _list(seen: TlsVersionSuites) -> TlsListPart:
    """Give the lists of one version."""
    return TlsListPart(
        version=seen.version,
        suites=seen.suites,
        complete=not seen.possible,
        groups=_groups(seen.exchanges),
        groups_complete=not seen.groups_possible and not seen.unread,
        groups_inferred=_groups(seen.groups_inferred),
        end_inferred=seen.end_inferred,
        order=seen.order,
        order_inferred=seen.order_inferred,
    )


def _groups(exchanges: Sequence[TlsExchange]) -> tuple[str, ...]:
    """Name kinds and groups."""
    return tuple(f"{e.kind.upper()} {e.group}" for e in exchanges)


def _features(seen: TlsFeatures) -> TlsFeaturesPart:
    """Give what else was shown."""
    return TlsFeaturesPart(
        secure_renegotiation=seen.renegotiation,
        compression=seen.compression,
        extended_master_secret=seen.master_secret,
        encrypt_then_mac=seen.encrypt_then_mac,
        fallback_refused=seen.fallback,
        session_tickets=seen.tickets,
        session_identifiers=seen.identifiers,
        resumed=seen.resumed,
        alpn=seen.alpn,
        ocsp_stapled=seen.stapled,
        signatures=seen.signatures,
        signing=tuple(_signing(one) for one in seen.signing),
        alpn_protocols=seen.protocols,
    )


def _signing(seen: TlsSigning) -> SigningPart:
    """Give what signs handshakes of one version."""
    complete = bool(seen.seen) and not seen.possible
    return SigningPart(version=seen.version, seen=seen.seen, complete=complete, inferred=seen.inferred)


def _in_order(versions: frozenset[str]) -> tuple[str, ...]:
    """List protocol versions, oldest first."""
    return tuple(v for v in TLS_VERSIONS_OLDEST_FIRST if v in versions)


def _certificate(leaf: Certificate) -> CertificatePart:
    """Give a leaf certificate."""
    return CertificatePart(
        subject=leaf.subject,
        issuer=leaf.issuer,
        names=leaf.names,
        not_before=iso(leaf.not_before),
        not_after=iso(leaf.not_after),
        key=leaf.key,
        key_bits=leaf.key_bits,
        signature_hash=leaf.signature_hash,
        self_signed=leaf.self_signed,
        sha256=leaf.sha256,
        scts=leaf.scts,
        must_staple=leaf.must_staple,
    )
