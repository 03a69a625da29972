"""The engagement: who consented to what, what is in scope, what the hospital declared. Plain values from intake."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network
from typing import Final

from sekisho.model.subjects import IPAddress
from sekisho.model.tiers import Tier

IPNetwork = IPv4Network | IPv6Network
MOST_WALKED = 65536
"""Addresses of one scope.include row that a survey still looks at one by one: a /16. Our own figure."""


def is_walkable(network: IPNetwork) -> bool:
    """Tell whether every address of an include is looked at; of a larger one only the declared addresses are."""
    return network.num_addresses <= MOST_WALKED


class Method(StrEnum):
    """What a consent may allow. The four last need to be named one by one."""

    ACTIVE = "active"
    CAPTURE = "capture"
    DEVICE_LOGIN = "device_login"
    LAYER2_MULTICAST = "layer2_multicast"
    GATEWAY_FINDING = "gateway_finding"
    SNMP_DEFAULT_COMMUNITY = "snmp_default_community"
    DICOM_ASSOCIATE = "dicom_associate"


BY_NAME: Final = frozenset(
    {Method.LAYER2_MULTICAST, Method.GATEWAY_FINDING, Method.SNMP_DEFAULT_COMMUNITY, Method.DICOM_ASSOCIATE}
)
"""Methods that a consent has to name one by one; each of them is a way of sending beyond `active`."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value was read: file, sheet, row (1-based), so that every line of a report leads back to it."""

    file: str
    place: str = ""

    def __str__(self) -> str:
        """Give `file [place]`."""
        return f"{self.file} [{self.place}]" if self.place else self.file


@dataclass(frozen=True, slots=True)
class Facility:
    """The surveyed facility. kind: hospital | clinic | pharmacy. timezone: IANA name."""

    name: str
    kind: str
    timezone: str


@dataclass(frozen=True, slots=True)
class HoursWindow:
    """Days (0 = Monday) on which a window opens, and its clock times in facility time.

    end at or before start: the window closes on the following day. 24:00 is stored as end = 00:00 next day with
    whole_day True.
    """

    days: frozenset[int]
    start: time
    end: time
    whole_day: bool = False


@dataclass(frozen=True, slots=True)
class Consent:
    """One access administrator's written consent. sha256: of the document, as found on disk."""

    granted_by: str
    role: str
    document: str
    sha256: str
    valid_from: date
    valid_until: date
    hours: tuple[HoursWindow, ...]
    covers: tuple[IPNetwork, ...]
    max_tier: Tier
    methods: frozenset[Method]
    stop_contact: str


@dataclass(frozen=True, slots=True)
class TierRow:
    """One [[scope.tier]] row; any of addresses, macs, categories may be empty, not all."""

    addresses: tuple[IPNetwork, ...]
    macs: tuple[str, ...]
    categories: tuple[str, ...]
    tier: Tier
    reason: str


@dataclass(frozen=True, slots=True)
class ScopeRules:
    """What may be touched at all, as the engagement file states it."""

    include: tuple[IPNetwork, ...]
    exclude: tuple[IPNetwork, ...] = ()
    exclude_ports: frozenset[int] = frozenset()
    egress_reference: tuple[IPAddress, ...] = ()
    tiers: tuple[TierRow, ...] = ()


@dataclass(frozen=True, slots=True)
class AccessRow:
    """Who is meant to reach a management or maintenance service.

    ports: `tcp/22` form. sources: networks; vantages: names after `vantage:`.
    """

    to: tuple[IPNetwork, ...]
    ports: tuple[str, ...]
    sources: tuple[IPNetwork, ...]
    vantages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Vantage:
    """A place to look from. via: `local`, `netns:NAME`, `ssh://user@host`, `sensor:NAME`.

    sources: the addresses to send from, at most one of each family; a family without one is left to the kernel.
    """

    name: str
    role: str
    via: str = "local"
    interface: str = ""
    sources: tuple[IPAddress, ...] = ()
    secret: str = ""
    host_key: str = ""


@dataclass(frozen=True, slots=True)
class WatchTarget:
    """A service whose health stops the survey: probed every 10 s."""

    address: IPAddress
    port: int


@dataclass(frozen=True, slots=True)
class StopRules:
    """When to stop by ourselves."""

    watch: tuple[WatchTarget, ...] = ()
    consecutive_timeouts: int = 5
    latency_factor: float = 2.0


@dataclass(frozen=True, slots=True)
class SnmpAccess:
    """A declared SNMP community. secret: reference (`vault:NAME` or `env:NAME`), never the value."""

    addresses: tuple[IPNetwork, ...]
    secret: str


@dataclass(frozen=True, slots=True)
class DeviceLogin:
    """A declared read-only log-in on a network device."""

    address: IPAddress
    platform: str
    host_key: str
    secret: str


class RowState(StrEnum):
    """Cell 状態 normalised."""

    IN_USE = "in_use"
    STOPPED = "stopped"
    DISPOSED = "disposed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class DeclaredDevice:
    """One row of the device register (機器台帳). Cells as text, normalised (NFKC, trimmed); "" if empty.

    category: network | server | pc | printer | pacs | hl7 | medical | facility | iot | "" (empty or unclear).
    """

    number: str
    maker: str
    model: str
    category: str
    category_text: str
    os: str
    software: str
    version: str
    addresses: tuple[IPAddress, ...]
    macs: tuple[str, ...]
    hostname: str
    location: str
    users: str
    registered: date | None
    state: RowState
    note: str
    origin: Origin


@dataclass(frozen=True, slots=True)
class DeclaredLine:
    """One row of the line register (回線一覧). remote_maintenance, source_restriction: yes | no | ""."""

    number: str
    line_type: str
    carrier: str
    contractor: str
    terminal: str
    addresses: tuple[IPAddress, ...]
    counterpart: str
    purpose: str
    always_on: str
    remote_maintenance: str
    source_restriction: str
    boundary: str
    owner: str
    state: RowState
    note: str
    kinds: tuple[str, ...]
    origin: Origin


@dataclass(frozen=True, slots=True)
class HearingAnswer:
    """One answer of a person. item: our id (2-13). answer: yes | no | not_applicable."""

    checklist: str
    item: str
    subject: str
    answer: str
    confirmed: date | None
    target_date: date | None
    note: str
    origin: Origin


@dataclass(frozen=True, slots=True)
class DeclaredWaiver:
    """What the hospital accepts for now. target: id of a finding, or `<checklist>:<item>`. expires: its last day."""

    target: str
    justification: str
    approver: str
    expires: date
    origin: Origin


@dataclass(frozen=True, slots=True)
class SiteWalkNote:
    """One row of the site walk (巡視)."""

    location: str
    device: str
    label: str
    line_number: str
    photo: str
    note: str
    at: datetime | None
    origin: Origin


@dataclass(frozen=True, slots=True)
class Document:
    """A file of the engagement with its digest.

    role: engagement | devices | lines | answers | sitewalk | waivers | consent | diagram | photo | capture | config |
    import | other.
    """

    path: str
    role: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Engagement:
    """Everything intake read, ready to be judged and planned with.

    names: (address, port) text `ADDR:PORT` → names under which clients reach it. root_store: path of the document with
    the roots that certificates are held against, "" for none. watch etc. as in engagement.toml.
    """

    facility: Facility
    consents: tuple[Consent, ...]
    scope: ScopeRules
    vantages: tuple[Vantage, ...]
    access: tuple[AccessRow, ...] = ()
    stop: StopRules = field(default_factory=StopRules)
    pace: str = "gentle"
    names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    snmp: tuple[SnmpAccess, ...] = ()
    logins: tuple[DeviceLogin, ...] = ()
    checklists: tuple[str, ...] = ("mhlw-hospital-r7",)
    tls_policy: str = "cryptrec-3.0.1-high"
    root_store: str = ""
    devices: tuple[DeclaredDevice, ...] = ()
    lines: tuple[DeclaredLine, ...] = ()
    answers: tuple[HearingAnswer, ...] = ()
    sitewalk: tuple[SiteWalkNote, ...] = ()
    waivers: tuple[DeclaredWaiver, ...] = ()
    documents: tuple[Document, ...] = ()
