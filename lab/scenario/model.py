"""scenario.toml, contract version 1: every wrong entry of the file is found in one pass."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator, model_validator
from pydantic_core import PydanticCustomError

from lab.devices.kind import NO_PORT, KindParams, Network
from lab.devices.parameters import ScenarioFile
from lab.devices.registry import kinds

NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]*$"
_IPV4_SPACE = 2**32
VANISHES = re.compile(r"vanishes_after_s\s*=\s*([0-9]+)")
Port = Annotated[int, Field(ge=1, le=65535)]
Name = Annotated[str, Field(pattern=NAME, max_length=60)]


@dataclass(frozen=True, slots=True)
class Reading:
    """What entries of one file must know of each other while they are read."""

    root: Path
    segments: Mapping[str, tuple[Network, ...]]
    """Prefixes by segment, as far as they could be read."""
    holders: dict[str, str] = field(default_factory=dict)
    """Host by address, filled on the way."""


class Table(BaseModel):
    """Root of all tables: an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Segment(Table):
    """A network between hosts."""

    name: Name
    ipv4: IPv4Network | None = None
    ipv6: IPv6Network | None = None
    gateway: Name | None = None
    """Host that everybody else in it sends to; unless given, the only one with forward = true."""

    @property
    def prefixes(self) -> tuple[Network, ...]:
        """Give its prefixes."""
        return tuple(prefix for prefix in (self.ipv4, self.ipv6) if prefix is not None)


class Attached(Table):
    """An interface in a segment."""

    segment: Name
    ipv4: IPv4Address | None = None
    ipv6: IPv6Address | None = None
    mac: Annotated[str | None, Field(pattern=r"^([0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}$")] = None

    @field_validator("segment")
    @classmethod
    def _exists(cls, name: str, info: ValidationInfo) -> str:
        """Refuse a segment that the file doesn't have."""
        known = _reading(info).segments
        if name not in known:
            raise PydanticCustomError("no_segment", "expected one of {names}", {"names": ", ".join(known) or "-"})
        return name

    @field_validator("ipv4", "ipv6")
    @classmethod
    def _inside(cls, address: IPv4Address | IPv6Address | None, info: ValidationInfo) -> Any:  # noqa: ANN401
        """Refuse an address outside of the segment."""
        prefixes = _reading(info).segments.get(info.data.get("segment", ""))
        if address is not None and prefixes is not None and not any(address in prefix for prefix in prefixes):
            named = ", ".join(map(str, prefixes)) or "-"
            raise PydanticCustomError("outside_segment", "expected an address in {prefixes}", {"prefixes": named})
        return address

    @property
    def addresses(self) -> tuple[str, ...]:
        """Give its addresses."""
        return tuple(str(address) for address in (self.ipv4, self.ipv6) if address is not None)


class Route(Table):
    """A way to a network that is none of one's own segments."""

    to: Network
    via: IPv4Address | IPv6Address

    @model_validator(mode="after")
    def _of_one_version(self) -> Route:
        """Refuse a next hop of the other IP version."""
        if self.to.version != self.via.version:
            raise PydanticCustomError("route_version", "expected a next hop of the same IP version")
        return self


class Service(Table):
    """A program of a host, behind an open port as a rule."""

    kind: str
    port: Port | None = None
    transport: Literal["tcp", "udp", "none"] = "tcp"
    sources: tuple[Network, ...] | None = None
    reject: bool = False
    params: KindParams = Field(default_factory=KindParams, validate_default=True)

    @model_validator(mode="before")
    @classmethod
    def _without_port(cls, raw: Any) -> Any:  # noqa: ANN401 - raw input of any shape
        """Take `none` for the transport of a kind that has no other."""
        if isinstance(raw, Mapping) and "transport" not in raw and isinstance(raw.get("kind"), str):
            known = kinds().get(raw["kind"])
            if known is not None and known.transports == (NO_PORT,):
                return {**raw, "transport": NO_PORT}
        return raw

    @field_validator("kind")
    @classmethod
    def _known(cls, kind: str) -> str:
        """Refuse a kind that has no folder."""
        if kind not in kinds():
            raise PydanticCustomError("unknown_kind", "expected one of {names}", {"names": ", ".join(kinds())})
        return kind

    @field_validator("transport")
    @classmethod
    def _spoken(cls, transport: str, info: ValidationInfo) -> str:
        """Refuse a transport that the kind doesn't have."""
        return _check_transport(transport, info.data.get("kind"))

    @field_validator("params", mode="before")
    @classmethod
    def _of_kind(cls, raw: Any, info: ValidationInfo) -> KindParams:  # noqa: ANN401 - raw input of any shape
        """Read the parameters as the kind declares them."""
        kind = kinds().get(info.data.get("kind", ""))
        if kind is None:
            return KindParams()  # the kind is reported already
        params: KindParams = kind.params.model_validate(
            {} if isinstance(raw, KindParams) else raw, context=info.context
        )
        return params

    @model_validator(mode="after")
    def _consistent(self) -> Service:
        """Refuse the default transport for a kind without it, and a refusal of nobody."""
        _check_transport(self.transport, self.kind)
        if (self.port is None) != (self.transport == NO_PORT):
            raise PydanticCustomError("port_or_none", "expected a port, except for kinds that have none")
        if self.sources is not None and self.port is None:
            raise PydanticCustomError("sources_of_port", "expected sources only beside a port")
        if self.reject and self.sources is None:
            raise PydanticCustomError("reject_whom", "expected sources beside reject")
        return self

    @property
    def number(self) -> int:
        """Give the port of a service that has one.

        Raises: ValueError when it has none.
        """
        if self.port is None:
            message = f"{self.kind} has no port"
            raise ValueError(message)
        return self.port


class Host(Table):
    """A device with its interfaces and open ports."""

    name: Name
    legs: tuple[Attached, ...] = Field(min_length=1)
    forward: bool = False
    routes: tuple[Route, ...] = ()
    nft: ScenarioFile | None = None
    state: Literal["up", "down", "silent", "vanishes"] = "up"
    vanishes_after_s: Annotated[int | None, Field(ge=1, validate_default=True)] = None
    service: tuple[Service, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _one_form_of_state(cls, raw: Any) -> Any:  # noqa: ANN401 - raw input of any shape
        """Read the forms of `vanishes_after_s`: in a table, in a text, or as a key of the host."""
        if not isinstance(raw, Mapping):
            return raw
        state = raw.get("state", "up")
        if isinstance(state, Mapping) and set(state) == {"vanishes_after_s"}:
            return {**raw, "state": "vanishes", **state}
        if isinstance(state, str) and (match := VANISHES.fullmatch(state.strip())):
            return {**raw, "state": "vanishes", "vanishes_after_s": int(match[1])}
        if state == "up" and "vanishes_after_s" in raw:
            return {**raw, "state": "vanishes"}
        return raw

    @field_validator("state", mode="before")
    @classmethod
    def _known_state(cls, state: Any) -> Any:  # noqa: ANN401 - raw input of any shape
        """Refuse any other state."""
        if state not in ("up", "down", "silent", "vanishes"):
            raise PydanticCustomError("bad_state", "expected up, down, silent or vanishes_after_s = seconds")
        return state

    @field_validator("vanishes_after_s")
    @classmethod
    def _has_time(cls, seconds: int | None, info: ValidationInfo) -> int | None:
        """Refuse to vanish at no time, or to give a time to a host that doesn't."""
        if (seconds is None) == (info.data.get("state") == "vanishes"):
            raise PydanticCustomError("bad_state", "expected up, down, silent or vanishes_after_s = seconds")
        return seconds

    @field_validator("legs")
    @classmethod
    def _own_addresses(cls, legs: tuple[Attached, ...], info: ValidationInfo) -> tuple[Attached, ...]:
        """Refuse an address that another host has already."""
        holders, name = _reading(info).holders, info.data.get("name", "?")
        for address in (address for leg in legs for address in leg.addresses):
            if (holder := holders.setdefault(address, name)) != name:
                values = {"address": address, "host": holder}
                raise PydanticCustomError(
                    "taken_address", "expected an address of its own: {address} is {host}'s", values
                )
        return legs

    @field_validator("service")
    @classmethod
    def _own_ports(cls, services: tuple[Service, ...]) -> tuple[Service, ...]:
        """Refuse two services on one port."""
        ports = [f"{service.transport}/{service.port}" for service in services if service.port is not None]
        if twice := sorted({port for port in ports if ports.count(port) > 1}):
            raise PydanticCustomError("taken_port", "expected one service on {ports}", {"ports": ", ".join(twice)})
        return services

    @property
    def addresses(self) -> tuple[str, ...]:
        """Give its addresses, in the order of the file."""
        return tuple(address for leg in self.legs for address in leg.addresses)

    @property
    def is_reachable(self) -> bool:
        """Tell whether it has its addresses when the lab starts."""
        return self.state in {"up", "vanishes"}


class Vantage(Attached):
    """A place to survey from."""

    name: Name
    ipv4: IPv4Address
    routes: tuple[Route, ...] = ()

    def in_both(self, prefix: IPv6Network | None) -> Vantage:
        """Give itself with an address of the prefix, made from its IPv4 address, where it names none."""
        if prefix is None or self.ipv6 is not None or prefix.num_addresses < _IPV4_SPACE:
            return self
        return self.model_copy(update={"ipv6": prefix[int(self.ipv4)]})


class Traffic(Table):
    """A flow for captures."""

    from_: Name = Field(alias="from")
    to: Annotated[str, Field(pattern=r"^(\[[0-9A-Fa-f:.]+\]|[^\[\]:\s]+):[0-9]{1,5}$")]
    transport: Literal["tcp", "udp"] = "tcp"
    sni: str | None = None
    bytes: Annotated[int, Field(ge=0)] = 0


class Scenario(Table):
    """The whole file."""

    schema_version: Literal[1] = Field(alias="schema")
    id: Name
    drivers: tuple[Literal["container", "loopback"], ...] = Field(min_length=1)
    segment: tuple[Segment, ...] = Field(min_length=1)
    host: tuple[Host, ...] = ()
    vantage: tuple[Vantage, ...] = ()
    traffic: tuple[Traffic, ...] = ()

    @field_validator("segment", "host", "vantage")
    @classmethod
    def _unique(cls, rows: tuple[Segment | Host | Vantage, ...]) -> tuple[Segment | Host | Vantage, ...]:
        """Refuse a name that stands twice."""
        names = [row.name for row in rows]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise PydanticCustomError(
                "taken_name", "expected different names, not {names}", {"names": ", ".join(twice)}
            )
        return rows

    @model_validator(mode="after")
    def _gateways_are_there(self) -> Scenario:
        """Refuse a gateway that has no leg in its segment."""
        for segment in self.segment:
            there = {host.name for host in self.host for leg in host.legs if leg.segment == segment.name}
            if segment.gateway is not None and segment.gateway not in there:
                values = {"segment": segment.name, "names": ", ".join(sorted(there)) or "-"}
                raise PydanticCustomError("gateway_elsewhere", "expected a host in {segment}: {names}", values)
        return self

    @model_validator(mode="after")
    def _lead_ipv6(self) -> Scenario:
        """Give a vantage in a segment with IPv6 an address of that family, where the file leaves it out.

        The kernel would send from the target's own address, both being on one machine.
        """
        prefixes = {segment.name: segment.ipv6 for segment in self.segment}
        led = tuple(vantage.in_both(prefixes.get(vantage.segment)) for vantage in self.vantage)
        return self.model_copy(update={"vantage": led})


def _reading(info: ValidationInfo) -> Reading:
    """Give what is known of the file while it is read."""
    if not isinstance(info.context, Reading):
        raise TypeError("a scenario is read by load_scenario, which knows its folder")
    return info.context


def _check_transport(transport: str, kind: str | None) -> str:
    """Refuse a transport that `kind` doesn't have; an unknown kind is reported already."""
    known = kinds().get(kind or "")
    allowed = known.transports if known is not None else (transport,)
    if transport not in allowed:
        raise PydanticCustomError("kind_transport", "expected transport {names}", {"names": " | ".join(allowed)})
    return transport
