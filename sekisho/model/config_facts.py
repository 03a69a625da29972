"""Facts that a device's configuration states: what it is set to do, which is not yet what it was seen to do."""

from __future__ import annotations

from dataclasses import dataclass

from sekisho.model.address_sets import AddressSet
from sekisho.model.subjects import IPAddress


@dataclass(frozen=True, slots=True)
class ConfigRead:
    """One configuration that was handed over or collected. Subject: host, by its first static address.

    file: its name. platform: recognised from content. hostname, version, model: "" where it does not say. addresses: of
    its interfaces. lines: that say something; understood and irrelevant are numbers of them. not_understood: number and
    text of the others, in order, secrets masked.
    """

    file: str
    platform: str
    hostname: str
    version: str
    model: str
    addresses: tuple[IPAddress, ...]
    lines: int
    understood: int
    irrelevant: int
    not_understood: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class ConfigManagement:
    """A management service as configured, at one interface. Subject: service at its address; host if that is dynamic.

    protocol: ssh | telnet | http | https | sftp | tftp | snmp. enabled: None where neither line nor a known default
    says. surely, possibly: source addresses that reach it, bounds as in `sekisho.access`. lines: that decide it. by:
    lines of filters that let somebody in, and whom; 0 stands for no filter at all.
    """

    protocol: str
    transport: str
    port: int
    interface: str
    enabled: bool | None
    surely: AddressSet
    possibly: AddressSet
    lines: tuple[int, ...]
    by: tuple[tuple[int, AddressSet], ...]


@dataclass(frozen=True, slots=True)
class ConfiguredAccess:
    """A management service as configured, held against who is meant to reach it. Subject, fields: as ConfigManagement.

    file: of the configuration. stated: an [[access]] row names the service. surplus: who surely gets in and is not
    meant. doubt: who possibly does. let_in: lines that let the surplus (else the doubt) in.
    """

    file: str
    protocol: str
    interface: str
    enabled: bool | None
    stated: bool
    surplus: AddressSet
    doubt: AddressSet
    let_in: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ConfigLogging:
    """Where a device keeps its log. Subject: host.

    hosts: where it sends it, as written. complete: no line of that part was left not understood. lines: that say so.
    """

    hosts: tuple[str, ...]
    complete: bool
    lines: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ConfigTime:
    """Where a device takes its time from. Subject: host. servers: as written. complete, lines: as of ConfigLogging."""

    servers: tuple[str, ...]
    complete: bool
    lines: tuple[int, ...]


ConfigFact = ConfigRead | ConfigManagement | ConfiguredAccess | ConfigLogging | ConfigTime
