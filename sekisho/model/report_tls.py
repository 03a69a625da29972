"""What report.json says of a TLS service: services[].tls."""

from __future__ import annotations

from sekisho.model.report_run import Part, Sha256


class CertificatePart(Part):
    """The leaf certificate of a service. scts: embedded timestamps of transparency logs; null: not read."""

    subject: str
    issuer: str
    names: tuple[str, ...]
    not_before: str
    not_after: str
    key: str
    key_bits: int
    signature_hash: str
    self_signed: bool
    sha256: Sha256
    scts: int | None = None
    must_staple: bool | None = None


class TlsListPart(Part):
    """Suites and groups of one version, as TlsVersionSuites has them.

    suites: in the order the service chose them; order: whose order decides, server | client | "". complete: every other
    suite was refused; groups_complete: so was every other group. groups: "DHE dh2048", "ECDHE x25519" …
    groups_inferred: from a newer version; end_inferred: completeness of the groups follows from a choice.
    """

    version: str
    suites: tuple[str, ...]
    complete: bool
    groups: tuple[str, ...]
    groups_complete: bool
    groups_inferred: tuple[str, ...]
    end_inferred: bool
    order: str
    order_inferred: bool


class SigningPart(Part):
    """What signs handshakes of one version, as TlsSigning has it.

    complete: every other algorithm was refused; false for versions whose algorithm is inferred.
    """

    version: str
    seen: tuple[str, ...]
    complete: bool
    inferred: tuple[str, ...]


class TlsFeaturesPart(Part):
    """What else the handshakes showed, as TlsFeatures has it; null: nothing showed it.

    session_tickets, session_identifiers: offered for resumption. resumed: a ticket of TLS 1.3 was taken up; null: not
    tried. alpn_protocols: each one it chose
    when those it rather takes were left out.
    """

    secure_renegotiation: bool | None
    compression: bool | None
    extended_master_secret: bool | None
    encrypt_then_mac: bool | None
    fallback_refused: bool | None
    session_tickets: bool | None
    session_identifiers: bool | None
    alpn: str
    ocsp_stapled: bool | None
    signatures: tuple[str, ...]
    signing: tuple[SigningPart, ...] = ()
    resumed: bool | None = None
    alpn_protocols: tuple[str, ...] = ()


class ChainProblemPart(Part):
    """One thing wrong on the way from a leaf to a root, as ChainProblem has it."""

    reason: str
    subject: str
    detail: str


class ChainPart(Part):
    """One chain, per name asked for and kind of key, as CertificateTrust has it.

    leaf: its sha256. trust: trusted | untrusted | unknown; why: of unknown: no_store | unreadable | not_conforming.
    """

    sni: str
    key: str
    leaf: str
    sent: tuple[str, ...]
    path: tuple[str, ...]
    store: str
    trust: str
    why: str
    problems: tuple[ChainProblemPart, ...]


class TlsPart(Part):
    """TLS facts of one service. certificate: the first leaf seen; further_certificates: other leaves, with the name.

    differs: in what connections of one survey contradicted each other (version | refusal | certificate |
    client_certificate), so that servers that differ may share the address; then nothing stands as refused.
    """

    versions: tuple[str, ...]
    refused: tuple[str, ...]
    untried: tuple[str, ...]
    suites: tuple[str, ...]
    client_certificate_requested: bool | None
    certificate: CertificatePart | None
    further_certificates: tuple[CertificatePart, ...] = ()
    client_authorities: tuple[str, ...] = ()
    depth: str = ""
    lists: tuple[TlsListPart, ...] = ()
    features: TlsFeaturesPart | None = None
    differs: tuple[str, ...] = ()
    chains: tuple[ChainPart, ...] = ()
