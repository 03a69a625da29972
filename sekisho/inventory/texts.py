"""The texts of facts that fingerprints look at: which field of which fact, under which name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from sekisho.model.api_facts import ApiAnswer, HttpIcon
from sekisho.model.clinical_facts import DicomAssociation
from sekisho.model.config_facts import ConfigRead
from sekisho.model.facts import CertificateChain, Fact, Greeting, HttpAnswer, ServiceDetected, SnmpSystem
from sekisho.model.ssh_facts import SshOffer
from sekisho.model.udp_facts import SsdpAnswer
from sekisho.model.vpn_facts import IkeAnswer

Pairs = tuple[tuple[str, str], ...]


def texts_of(fact: Fact) -> Pairs:
    """Give the texts of a fact that fingerprints look at, as (field, text); empty ones are left out."""
    read = _TEXTS.get(type(fact))
    return tuple((field, text) for field, text in read(fact) if text) if read else ()


def _of_http(fact: HttpAnswer) -> Iterable[tuple[str, str]]:
    """Give what a page and its headers say."""
    yield from (("http.title", fact.title), ("http.server", fact.server), ("http.realm", fact.realm))
    yield from (("http.text", fact.text), ("http.location", fact.location), ("http.references", fact.references))
    yield from (("http.cookie", name) for header, name in fact.headers if header == "set-cookie")


def _of_certificates(fact: CertificateChain) -> Pairs:
    """Give whom a certificate names."""
    leaf = fact.chain[0] if fact.chain else None
    return (("certificate.subject", leaf.subject), ("certificate.issuer", leaf.issuer)) if leaf else ()


_TEXTS: Final[Mapping[type, Callable[[Any], Iterable[tuple[str, str]]]]] = {
    HttpAnswer: _of_http,
    HttpIcon: lambda f: (("http.favicon", f.md5),),
    ApiAnswer: lambda f: (("http.api", f"{f.api} {f.version}".strip()),),
    Greeting: lambda f: (("greeting", f.text), ("telnet", f.text if f.protocol == "telnet" else "")),
    SshOffer: lambda f: (("ssh.banner", f.banner), ("ssh.software", f.software)),
    SnmpSystem: lambda f: (
        ("snmp.sysdescr", f.sysdescr), ("snmp.object_id", f.object_id), ("snmp.sysname", f.sysname),
    ),
    CertificateChain: _of_certificates,
    SsdpAnswer: lambda f: (("http.server", f.server),),  # the same words in the same form
    IkeAnswer: lambda f: (("ike.vendor", name) for name in f.vendors),
    DicomAssociation: lambda f: (("dicom.implementation", f.implementation),),
    ServiceDetected: lambda f: (("nmap", f"{f.product} {f.version} {f.extra}".strip()),),
    ConfigRead: lambda f: (("config", f"{f.platform} {f.model} {f.version}".rstrip()),),
}  # fmt: skip
