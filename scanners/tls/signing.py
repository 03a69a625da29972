"""Which algorithms a service signs its handshakes with, computed from its connections alone. Pure.

TLS 1.2 names the algorithm before the signature of its key, TLS 1.3 in CertificateVerify. Older versions have no
choice: what they sign with follows from the version, and is inferred, not seen.
Source: RFC 5246 §7.4.1.4.1 and §7.4.3, RFC 8446 §4.2.3 and §4.4.3, RFC 4346 §7.4.3, read 2026-11-21.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from scanners.tls.asks import FALLBACK_SCSV, OLD, SIGNATURES, SIGNATURES_13, is_signed
from scanners.tls.knowledge import Known
from scanners.tls.suites import suite_name
from scanners.tls.tries import Try
from sekisho.model.tls_facts import TlsSigning

_SCHEMES: Final = {
    0x0101: "rsa_pkcs1_md5", 0x0201: "rsa_pkcs1_sha1", 0x0301: "rsa_pkcs1_sha224", 0x0401: "rsa_pkcs1_sha256",
    0x0501: "rsa_pkcs1_sha384", 0x0601: "rsa_pkcs1_sha512", 0x0202: "dsa_sha1", 0x0402: "dsa_sha256",
    0x0203: "ecdsa_sha1", 0x0303: "ecdsa_sha224", 0x0403: "ecdsa_secp256r1_sha256", 0x0503: "ecdsa_secp384r1_sha384",
    0x0603: "ecdsa_secp521r1_sha512", 0x0804: "rsa_pss_rsae_sha256", 0x0805: "rsa_pss_rsae_sha384",
    0x0806: "rsa_pss_rsae_sha512", 0x0807: "ed25519", 0x0808: "ed448", 0x0809: "rsa_pss_pss_sha256",
    0x080A: "rsa_pss_pss_sha384", 0x080B: "rsa_pss_pss_sha512",
}  # fmt: skip
"""IANA registry "TLS SignatureScheme"; those of TLS 1.2 without a name there are called alike."""
CHOOSING: Final = ("tls1.3", "tls1.2")
"""Versions in which the client lists what may sign."""


@dataclass(frozen=True, slots=True)
class Signing:
    """What is known of one version. seen: in the order met. open: neither seen nor refused, in the order we offer.

    ignores: it signed with what was not on offer, so that an offer of the rest would say nothing.
    """

    version: str
    seen: tuple[int, ...]
    open: tuple[int, ...]
    ignores: bool


def scheme_name(code: int) -> str:
    """Give the registered name, or the number where there is none."""
    return _SCHEMES.get(code, f"0x{code:04X}")


def signing(found: Known, refusing: Iterable[Try] | None, *, sni: str) -> Signing:
    """Put together what the tries say of one version in CHOOSING. refusing: as for `known`."""
    shown = [(f.exchange.signature, f.hello.signatures) for f in found.taken if f.exchange and f.exchange.signature]
    seen = tuple(dict.fromkeys(code for code, _ in shown))
    closed = {c for t in refusing or () if _speaks_of_signatures(t, found, sni) for c in t.offer.signatures}
    every = SIGNATURES_13 if found.version == "tls1.3" else SIGNATURES
    left = tuple(code for code in every if code not in {*seen, *closed})
    return Signing(found.version, seen, left, any(code not in offered for code, offered in shown))


def tls_signing(found: Iterable[Known], refusing: Iterable[Try] | None, *, sni: str) -> tuple[TlsSigning, ...]:
    """Sum up every accepted version that shows a signature, in the order given."""
    proven = None if refusing is None else tuple(refusing)
    summed: list[TlsSigning] = []
    for one in found:
        if one.version in CHOOSING and any(is_signed(s, one.version) for s in one.suites):
            known = signing(one, proven, sni=sni)
            names = [tuple(scheme_name(c) for c in codes) for codes in (known.seen, known.open)]
            summed.append(TlsSigning(one.version, names[0], tuple(sorted(names[1]))))
        elif one.version in OLD[1:] and (fixed := _fixed(one.suites)):
            summed.append(TlsSigning(one.version, (), inferred=fixed))
    return tuple(summed)


def _speaks_of_signatures(tried: Try, found: Known, sni: str) -> bool:
    """Tell whether a refusal can only be about signatures: it held what is taken of everything else."""
    hello = tried.offer
    if hello.newest != found.version or hello.sni != sni or FALLBACK_SCSV in hello.suites or not hello.signatures:
        return False
    signed = {s for s in found.suites if is_signed(s, found.version)}
    return (
        bool(signed)
        and signed <= set(hello.suites)
        and bool(found.groups)
        and set(found.groups) & set(hello.groups) != set()
    )


def _fixed(suites: Iterable[int]) -> tuple[str, ...]:
    """Name what signs ephemeral keys before TLS 1.2, by the kinds of key that the suites name."""
    names = [suite_name(s) for s in suites]
    kinds = {"_RSA_": "rsa_pkcs1_md5_sha1", "_ECDSA_": "ecdsa_sha1", "_DSS_": "dsa_sha1"}
    ephemeral = [n for n in names if n.startswith(("TLS_ECDHE_", "TLS_DHE_"))]
    return tuple(scheme for part, scheme in kinds.items() if any(part in n.partition("WITH")[0] for n in ephemeral))
