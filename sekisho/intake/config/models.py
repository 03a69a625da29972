"""Models of engagement.toml, contract v1: closed, strict; defaults are those the design states."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from sekisho.intake.config import fields as f

_MANY = Field(min_length=1)


class Table(BaseModel):
    """Base of all tables: unknown keys are errors, nothing is converted by guess."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, populate_by_name=False)


class FacilityTable(Table):
    """[facility]."""

    name: f.Text
    kind: Literal["hospital", "clinic", "pharmacy"]
    timezone: f.Timezone = "Asia/Tokyo"


class ConsentTable(Table):
    """[[consent]]."""

    granted_by: f.Text
    role: Literal["hospital", "vendor", "carrier", "datacentre", "partner"]
    document: f.DocumentPath
    valid_from: f.CalendarDate
    valid_until: f.CalendarDate
    hours: Annotated[list[f.Hours], _MANY]
    covers: Annotated[list[f.Network], _MANY]
    max_tier: f.TierName
    methods: Annotated[list[f.MethodName], _MANY]
    stop_contact: f.Text


class TierTable(Table):
    """[[scope.tier]]."""

    addresses: list[f.Network] = []
    macs: list[f.Mac] = []
    categories: list[
        Literal["network", "server", "pc", "printer", "pacs", "hl7", "medical", "facility", "iot"]
    ] = []  # fmt: skip
    tier: f.TierName
    reason: f.OptionalText = ""


class ScopeTable(Table):
    """[scope]."""

    include: Annotated[list[f.Network], _MANY]
    exclude: list[f.Network] = []
    exclude_ports: list[f.Port] = []
    egress_reference: list[f.Address] = []
    tier: list[TierTable] = []


class AccessTable(Table):
    """[[access]]."""

    to: Annotated[list[f.Network], _MANY]
    ports: Annotated[list[f.TransportPort], _MANY]
    sources: Annotated[list[f.AccessSource], Field(min_length=1, alias="from")]


class VantageTable(Table):
    """[[vantage]]."""

    name: f.Text
    role: Literal["management", "clinical", "guest", "vendor", "external"]
    via: f.Via = "local"
    interface: f.OptionalText = ""
    source: f.Sources = ()
    secret: f.OptionalSecret = ""
    host_key: f.OptionalHostKey = ""


class StopTable(Table):
    """[stop]."""

    watch: list[f.Watch] = []
    consecutive_timeouts: Annotated[int, Field(ge=1)] = 5
    latency_factor: Annotated[float, Field(gt=1, allow_inf_nan=False)] = 2.0


class PaceTable(Table):
    """[pace]."""

    profile: f.Text = "gentle"


class SnmpTable(Table):
    """[[snmp]]."""

    addresses: Annotated[list[f.Network], _MANY]
    secret: f.Secret


class AssessTable(Table):
    """[assess]."""

    checklists: Annotated[list[f.Text], _MANY] = ["mhlw-hospital-r7"]
    tls_policy: f.Text = "cryptrec-3.0.1-high"
    root_store: f.OptionalText = ""


class LoginTable(Table):
    """[[device_login]]."""

    address: f.Address
    platform: f.Platform
    host_key: f.HostKey
    secret: f.Secret


class EngagementFile(Table):
    """The whole file."""

    version: Annotated[Literal[1], Field(alias="schema")]
    facility: FacilityTable
    consent: Annotated[list[ConsentTable], _MANY]
    scope: ScopeTable
    access: list[AccessTable] = []
    vantage: Annotated[list[VantageTable], _MANY]
    stop: StopTable = StopTable()
    pace: PaceTable = PaceTable()
    names: dict[f.Endpoint, Annotated[list[f.ClientName], _MANY]] = {}
    snmp: list[SnmpTable] = []
    assess: AssessTable = AssessTable()
    device_login: list[LoginTable] = []


TABLES: dict[str, type[Table]] = {
    "": EngagementFile,
    "facility": FacilityTable,
    "consent": ConsentTable,
    "scope": ScopeTable,
    "scope.tier": TierTable,
    "access": AccessTable,
    "vantage": VantageTable,
    "stop": StopTable,
    "pace": PaceTable,
    "snmp": SnmpTable,
    "assess": AssessTable,
    "device_login": LoginTable,
}
"""Tables by their place, for the closest known key of a misspelt one."""
