"""Facts: what was seen, never whether it is good. Each is one small frozen dataclass."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from sekisho.model.api_facts import ApiAnswer, HttpIcon
from sekisho.model.clinical_facts import ClinicalFact
from sekisho.model.config_facts import ConfigFact
from sekisho.model.database_facts import DatabaseFact
from sekisho.model.point_facts import PointCounterpart, PointOwner, PointUse, WanInbound
from sekisho.model.service_facts import ServiceFact
from sekisho.model.ssh_facts import SshHostKey, SshOffer
from sekisho.model.tls_facts import CertificateTrust, TlsFeatures, TlsSuites
from sekisho.model.udp_facts import UdpFact
from sekisho.model.vpn_facts import VpnEndpoint, VpnFact
from sekisho.model.windows_facts import RdpSecurity, SmbDialect

TLS_VERSIONS_OLDEST_FIRST = ("ssl2", "ssl3", "tls1.0", "tls1.1", "tls1.2", "tls1.3")
"""Names of protocol versions in reports and profiles, oldest first."""


@dataclass(frozen=True, slots=True)
class HostAnswered:
    """A device reacted to a frame or packet. Subject: host.

    how: arp | nd | icmp | tcp | udp. mac: lower-case colon form, None beyond a router.
    """

    how: str
    mac: str | None = None


class PortStatus(StrEnum):
    """What one port did when asked."""

    OPEN = "open"
    CLOSED = "closed"
    FILTERED = "filtered"


@dataclass(frozen=True, slots=True)
class PortSeen:
    """Status of one port. Subject: service. via: connect | syn | import."""

    status: PortStatus
    via: str


@dataclass(frozen=True, slots=True)
class Greeting:
    """First bytes a service sent before being asked anything. Subject: service.

    protocol: our guess from the bytes (ssh, ftp, smtp, telnet, vnc, mysql, unknown; "silent" if it said nothing).
    text: printable form, at most 1,000 characters. raw_bytes: how many bytes came.
    """

    protocol: str
    text: str
    raw_bytes: int


@dataclass(frozen=True, slots=True)
class FtpFeatures:
    """Answer of an FTP server to FEAT, before any log-in. Subject: service. features: upper case, sorted.

    answered: it gave a list, or said that it knows no extensions; False when it wants a log-in first.
    auth_tls: AUTH TLS or AUTH SSL is in the list.
    """

    answered: bool
    auth_tls: bool
    features: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """Answer to one GET of the root page, or of the page that it points to. Subject: service.

    tls: whether it came inside TLS. headers: lower-case names, only those that identify or protect, values masked.
    auth: authentication scheme of a 401 ("" if none). has_login_form: a password field stands on the page.
    references: paths on the same server that links, forms and scripts of the page name, one a line. path: what was
    asked for. leads_to: path on the same server to which the answer sends every visitor at once, "" if none; icon: of
    the icon that the page names.
    """

    status: int
    tls: bool
    server: str
    title: str
    auth: str
    realm: str
    location: str
    has_login_form: bool
    headers: tuple[tuple[str, str], ...]
    body_sha256: str
    text: str
    references: str = ""
    path: str = "/"
    leads_to: str = ""
    icon: str = ""


@dataclass(frozen=True, slots=True)
class TlsVersions:
    """Which protocol versions a service accepted. Subject: service.

    Every version stands in exactly one of accepted, refused, untried (not offered, or no usable answer).
    suites: (version, suite name) the first suite chosen with each accepted version, IANA names. not_offered: (version,
    why) of those in untried for which no hello could be sent; why: timeout | refused | unreachable (the connect),
    silent | other_protocol | declined | unusable (what ended the job before), interrupted. differs: in what connections
    of one job contradicted each other (version | refusal | certificate | client_certificate), as where servers that
    differ share an address; then nothing counts as refused, and no check passes.
    """

    accepted: frozenset[str]
    refused: frozenset[str]
    untried: frozenset[str]
    suites: tuple[tuple[str, str], ...] = ()
    not_offered: tuple[tuple[str, str], ...] = ()
    differs: tuple[str, ...] = ()

    @property
    def speaks_tls(self) -> bool:
        """Tell whether at least one version was accepted."""
        return bool(self.accepted)


@dataclass(frozen=True, slots=True)
class Certificate:
    """One X.509 certificate as sent. names: dNSName and iPAddress entries, lower case.

    key: rsa | ec | dsa | ed25519 | ed448 | unknown. signature_hash: lower case, "" if the scheme has none.
    scts: embedded timestamps of transparency logs (RFC 6962). must_staple: RFC 7633. None: extensions not read.
    """

    sha256: str
    subject: str
    issuer: str
    common_name: str
    names: tuple[str, ...]
    not_before: datetime
    not_after: datetime
    key: str
    key_bits: int
    signature_hash: str
    self_signed: bool
    scts: int | None = None
    must_staple: bool | None = None


@dataclass(frozen=True, slots=True)
class CertificateChain:
    """Certificates a TLS service sent, leaf first. Subject: service. sni: name asked for, "" if none was sent.

    wanted: every name under which clients reach the service, whether it was asked for or not. asked: those of them
    that were asked for, whatever came of it. differs: as in TlsVersions. encoded: all certificates as sent (DER), those
    included that can't be read and so end `chain`.
    """

    sni: str
    chain: tuple[Certificate, ...]
    wanted: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    differs: tuple[str, ...] = ()
    encoded: tuple[bytes, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class TlsClientAuth:
    """Whether the service asked for a client certificate. Subject: service. None: could not be seen.

    refused_without: it asked and then broke off because none was given. open_network: its host carries a K1, K3, K4, K6
    or K17 point (filled in by the inventory, a scanner can't know). differs: as in TlsVersions. behind: the protocol
    that moved to TLS (STARTTLS and the like), "" where TLS was there from the first byte.
    """

    requested: bool | None
    authorities: tuple[str, ...] = ()
    refused_without: bool | None = None
    open_network: bool | None = None
    differs: tuple[str, ...] = ()
    behind: str = ""


@dataclass(frozen=True, slots=True)
class SnmpSystem:
    """System group read with a declared community. Subject: service. version: v1 | v2c | v3.

    default_community: it is one that makers ship (public, private); the value itself is never kept. None: not noted.
    """

    version: str
    sysdescr: str
    sysname: str
    object_id: str
    default_community: bool | None = None


@dataclass(frozen=True, slots=True)
class ServiceDetected:
    """What a service-detection tool concluded. Subject: service. source: nmap | import."""

    source: str
    protocol: str
    product: str
    version: str
    extra: str
    tls: bool
    confidence: int


# --- derived by the inventory, from facts above plus the register -------------------------------------------------


@dataclass(frozen=True, slots=True)
class ProductSeen:
    """Vendor, product and version recognised by a fingerprint. Subject: host.

    category: network_device | server | pc | printer | … (profiles/devices). kinds: connection-point kinds it hints at.
    role: vpn_portal | lte_router | router | … or "". field: where the text was found. pattern: id of the fingerprint.
    """

    vendor: str
    product: str
    version: str
    category: str
    role: str
    kinds: tuple[str, ...]
    field: str
    pattern: str


@dataclass(frozen=True, slots=True)
class RegisterMatch:
    """One device held against the registers. Subject: host.

    numbers: 管理番号 of the rows that name it (devices and lines). state: cell 状態 normalised
    (in_use | stopped | disposed | unknown). asked: at least one packet was sent to it in an admitted way.
    mismatches: (field, declared, observed) of cells that contradict what was seen. compared: fields for which both a
    cell and an observation exist. device_row: a row of the device register names it, not only a line. by_refusal: it
    showed nothing but TCP resets, which a filter on the path can send as well (not observed: as it seems to have done).
    """

    declared: bool
    observed: bool
    asked: bool
    numbers: tuple[str, ...]
    state: str
    mismatches: tuple[tuple[str, str, str], ...] = ()
    compared: tuple[str, ...] = ()
    device_row: bool = True
    by_refusal: bool = False


@dataclass(frozen=True, slots=True)
class LineMatch:
    """One row of the line register held against what was seen. Subject: point.

    asked, by_refusal: as in RegisterMatch.
    """

    number: str
    kinds: tuple[str, ...]
    observed: bool
    asked: bool
    state: str
    remote_maintenance: str
    source_restriction: str
    owner: str
    counterpart: str
    by_refusal: bool = False


@dataclass(frozen=True, slots=True)
class ServiceExposure:
    """From which vantages a service answered, and who is meant to reach it. Subject: service.

    management: it is a management or maintenance service (protocol or page), with why. clear_text: carries log-ins
    unencrypted. answered_from: vantage names. silent_from: where it was silent while a control shows that it was up;
    uncontrolled_from: where it was silent and may as well have been down. meant_from: those of all tried that a row
    permits. access_stated: an [[access]] row names this service at all. encrypted: it was seen to insist on encryption,
    where its protocol alone does not tell (RDP that takes TLS or CredSSP only). perhaps: a web page that nothing
    showed to administer the device, and that may do so. appliance: the device is one, or nobody knows what it is.
    login: it asks for a log-in. login_readable: so that whoever sits on the way can read the password.
    """

    protocol: str
    management: bool
    why: str
    clear_text: bool
    login: bool
    answered_from: tuple[str, ...]
    silent_from: tuple[str, ...]
    uncontrolled_from: tuple[str, ...]
    meant_from: tuple[str, ...]
    access_stated: bool
    perhaps: bool = False
    appliance: bool = False
    encrypted: bool = False
    login_readable: bool = False


@dataclass(frozen=True, slots=True)
class RemoteMaintenance:
    """Remote-maintenance access seen on a device, and what the registers say about it. Subject: host.

    seen: service subjects or point kinds that show it. declared: yes | no | unstated | unlisted
    """

    seen: tuple[str, ...]
    kinds: tuple[str, ...]
    declared: str


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """A recognised product and version held against the lifecycle and exploitation data. Subject: host.

    known: the data knows this product at all. cycle: matched release line. eol: its end-of-support date, None if open.
    exploited: CVE ids of the KEV catalogue that name this product (candidates). version_affected: yes | no (outside the
    ranges of all of them) | cannot_tell.
    data_dates: (set, date) of every data set that was asked. affecting: those of exploited whose range holds the
    version. packager: the distribution that maintains it as its package, "" if none; then nothing of the maker's
    release lines and ranges is told, since the distribution mends a version without raising its number. one_of: all
    that a device shows itself to be where that can't be true together, this one included; else empty.
    """

    vendor: str
    product: str
    version: str
    known: bool
    cycle: str
    eol: datetime | None
    exploited: tuple[str, ...]
    version_affected: str
    latest: str
    data_dates: tuple[tuple[str, str], ...]
    affecting: tuple[str, ...] = ()
    packager: str = ""
    one_of: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ServiceNeed:
    """An open service held against the legacy list and the register. Subject: service.

    legacy: why it is on the list, "" if it is not. declared: the register names it for this device.
    """

    protocol: str
    legacy: str
    declared: bool


Fact = (
    HostAnswered
    | PortSeen
    | Greeting
    | FtpFeatures
    | HttpAnswer
    | ApiAnswer
    | HttpIcon
    | TlsVersions
    | TlsSuites
    | TlsFeatures
    | CertificateChain
    | CertificateTrust
    | TlsClientAuth
    | SshOffer
    | SshHostKey
    | SnmpSystem
    | RdpSecurity
    | SmbDialect
    | DatabaseFact
    | VpnFact
    | ServiceFact
    | UdpFact
    | ClinicalFact
    | ServiceDetected
    | ProductSeen
    | RegisterMatch
    | LineMatch
    | ServiceExposure
    | RemoteMaintenance
    | Lifecycle
    | ServiceNeed
    | PointOwner
    | PointCounterpart
    | PointUse
    | WanInbound
    | VpnEndpoint
    | ConfigFact
)
"""The closed family of facts."""
