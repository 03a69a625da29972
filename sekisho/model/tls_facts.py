"""What a TLS service takes, version by version, and what else it showed: the facts behind suites and key exchange."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TlsExchange:
    """One ephemeral key: used by the server, or possible. kind: dhe | ecdhe | rsa_export.

    group: name of the curve or group. bits: its size, X25519 as 256; 0 where it was not read.
    """

    kind: str
    group: str
    bits: int


@dataclass(frozen=True, slots=True)
class TlsVersionSuites:
    """What a service takes with one version.

    suites: accepted, in the order it chose them (IANA names). possible: offered in no refused hello, so that it may
    take them (sorted; empty: the list is complete). exchanges: keys seen, one per group and size. unread: a suite with
    an ephemeral key was accepted whose key was not read. groups_possible: groups neither taken nor refused.
    groups_inferred: not observed, but taken with a newer version, from which it follows; where these are given,
    groups_possible is that version's too. end_inferred: that no further group is taken follows from a choice, not from
    a refusal. order: whose order decides between suites, server | client | "" (not shown); order_inferred: from a few
    offers that all ended the same way, not from two that can end only so.
    """

    version: str
    suites: tuple[str, ...]
    possible: tuple[str, ...] = ()
    exchanges: tuple[TlsExchange, ...] = ()
    unread: bool = False
    groups_possible: tuple[TlsExchange, ...] = ()
    groups_inferred: tuple[TlsExchange, ...] = ()
    end_inferred: bool = False
    order: str = ""
    order_inferred: bool = False


@dataclass(frozen=True, slots=True)
class TlsSuites:
    """Suites and key exchanges of a service. Subject: service.

    versions: one per accepted version, oldest first. untried: versions of which nobody knows whether they are accepted.
    not_offered: (version, why) of versions and lists that could not be settled because the service ended the asking;
    why as in TlsVersions. depth: quick | full | signatures, what was to be asked for. differs: as in TlsVersions.
    """

    versions: tuple[TlsVersionSuites, ...]
    untried: tuple[str, ...] = ()
    not_offered: tuple[tuple[str, str], ...] = ()
    depth: str = "full"
    differs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ChainProblem:
    """One thing that is wrong on the way from a leaf to a root.

    reason: self_signed | issuer_not_sent | no_root | wrong_order | not_a_ca | bad_signature | weak_signature |
    expired | not_yet_valid | name_mismatch. subject: the certificate it is about. detail: its issuer, hash, date …
    """

    reason: str
    subject: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class CertificateTrust:
    """A chain held against the roots that the engagement chose. Subject: service. Derived.

    sni: name asked for, "" if none. key: kind of the leaf's key. leaf: its sha256. sent: subjects in the order sent.
    path: subjects from the leaf upwards, as far as issuers were found. store: the document with the roots, "" if none
    is named. trust: trusted | untrusted | unknown. why: of unknown: no_store | unreadable | not_conforming (our own
    path is whole, the library's rules refuse it). problems: what is wrong; without a store those that need none.
    refusal: what the library said. differs: as in TlsVersions.
    """

    sni: str
    key: str
    leaf: str
    sent: tuple[str, ...]
    path: tuple[str, ...]
    store: str
    trust: str
    why: str = ""
    problems: tuple[ChainProblem, ...] = ()
    refusal: str = ""
    differs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TlsSigning:
    """What a service signs its handshakes with in one version, IANA names.

    seen: in the order met. possible: neither seen nor refused (sorted; empty: the list is complete). inferred: not
    seen, but the version leaves no other.
    """

    version: str
    seen: tuple[str, ...]
    possible: tuple[str, ...] = ()
    inferred: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TlsFeatures:
    """What else a service's handshakes showed. Subject: service. None: nothing showed it.

    renegotiation: secure renegotiation (RFC 5746). compression: of TLS. master_secret: extended (RFC 7627).
    encrypt_then_mac: RFC 7366, shown by suites with CBC alone. fallback: a fallback is refused (RFC 7507). tickets,
    identifiers: offered for resumption. resumed: a ticket of TLS 1.3 was taken up (None: not tried, so that tickets and
    identifiers are no more than an offer; those below TLS 1.3 are never tried). alpn: the protocol it chose of ours, ""
    if none; protocols: each one it chose when those it rather takes were left out. stapled: an OCSP answer came along.
    signatures: algorithms that it signed with, in the order met; signing: the same by version, with what stays open.
    """

    renegotiation: bool | None = None
    compression: bool | None = None
    master_secret: bool | None = None
    encrypt_then_mac: bool | None = None
    fallback: bool | None = None
    tickets: bool | None = None
    identifiers: bool | None = None
    resumed: bool | None = None
    alpn: str = ""
    stapled: bool | None = None
    signatures: tuple[str, ...] = ()
    signing: tuple[TlsSigning, ...] = ()
    protocols: tuple[str, ...] = ()
