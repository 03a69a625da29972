"""Field grammar of engagement.toml: text → value. Each refuses with an error type that is a message key."""

from __future__ import annotations

import posixpath
import re
from datetime import date, datetime
from ipaddress import ip_address, ip_network
from typing import Annotated, Final, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import PlainValidator
from pydantic_core import PydanticCustomError

from sekisho.intake.cells.addresses import parse_macs
from sekisho.intake.cells.dates import parse_date
from sekisho.intake.config.hours import parse_hours
from sekisho.model.engagement import HoursWindow, IPNetwork, Method, WatchTarget
from sekisho.model.subjects import IPAddress
from sekisho.model.tiers import Tier

E = TypeVar("E", bound=str)

HIGHEST_PORT: Final = 65535
_PORT: Final = re.compile(r"(tcp|udp)/(\d{1,5})")
_ENDPOINT: Final = re.compile(r"(?:\[(?P<v6>[0-9A-Fa-f:.]+)\]|(?P<v4>[0-9.]+)):(?P<port>\d{1,5})")
_BARE_V6: Final = re.compile(r"([0-9A-Fa-f:]*:[0-9A-Fa-f:]*:[0-9A-Fa-f]*):(\d{1,5})")
_SECRET: Final = re.compile(r"vault:[A-Za-z0-9][A-Za-z0-9._-]{0,99}|env:[A-Za-z_][A-Za-z0-9_]{0,99}")
_HOST_KEY: Final = re.compile(r"SHA256:[A-Za-z0-9+/]{43}=?")
_VIA: Final = re.compile(
    r"local|netns:[A-Za-z0-9._-]{1,64}|sensor:[A-Za-z0-9._-]{1,64}"
    r"|ssh://[A-Za-z0-9._-]+@(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\])(?::\d{1,5})?"
)
_PLATFORM: Final = re.compile(r"[a-z0-9]+(?:_[a-z0-9]+)*")
_NAME: Final = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*")


def refuse(key: str, **values: object) -> PydanticCustomError:
    """Make the error of a field. key: message key below `intake.config`."""
    return PydanticCustomError(key, "{key}", {"key": key, **values})


def _text(value: object) -> str:
    """Take a text that is not empty."""
    if not isinstance(value, str):
        raise refuse("text")
    if not value.strip():
        raise refuse("empty")
    return value.strip()


def optional_text(value: object) -> str:
    """Take a text that may be empty."""
    if not isinstance(value, str):
        raise refuse("text")
    return value.strip()


def document(value: object) -> str:
    """Take the path of a file in the engagement folder, in its plainest form."""
    return posixpath.normpath(_text(value))


def network(value: object) -> IPNetwork:
    """Read a network or single address; host bits are refused, since widening them silently would widen the scope."""
    text = _text(value)
    try:
        found = ip_network(text, strict=False)
    except ValueError:
        raise refuse("network") from None
    if found.prefixlen != found.max_prefixlen and str(found.network_address) != str(ip_address(text.split("/")[0])):
        raise refuse("network_bits", network=str(found), host=text.split("/")[0])
    if found.is_multicast or (found.is_unspecified and found.prefixlen == found.max_prefixlen):
        raise refuse("network_kind")
    return found


def address(value: object) -> IPAddress:
    """Read one address."""
    try:
        found = ip_address(_text(value))
    except ValueError:
        raise refuse("address") from None
    if found.is_multicast or found.is_unspecified or getattr(found, "scope_id", None):
        raise refuse("address")
    return found


def sources(value: object) -> tuple[IPAddress, ...]:
    """Read where a vantage sends from: one address, or a list with one of each family; none for an empty text."""
    if value == "":
        return ()
    found = tuple(map(address, value)) if isinstance(value, list) else (address(value),)
    if len({a.version for a in found}) != len(found):
        raise refuse("sources")
    return found


def port(value: object) -> int:
    """Take a port number."""
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= HIGHEST_PORT:
        raise refuse("port")
    return value


def transport_port(value: object) -> str:
    """Read tcp/22."""
    match = _PORT.fullmatch(_text(value).lower())
    if not match or not 1 <= int(match[2]) <= HIGHEST_PORT:
        raise refuse("transport_port")
    return f"{match[1]}/{int(match[2])}"


def endpoint(value: object) -> tuple[IPAddress, int]:
    """Read ADDR:PORT or [v6]:PORT; an IPv6 address without brackets is read too, its last part being the port."""
    text = _text(value)
    match = _ENDPOINT.fullmatch(text)
    parts = (match["v6"] or match["v4"], match["port"]) if match else None
    if parts is None and (bare := _BARE_V6.fullmatch(text)):
        parts = (bare[1], bare[2])
    if parts is None or not 1 <= int(parts[1]) <= HIGHEST_PORT:
        raise refuse("endpoint")
    try:
        return ip_address(parts[0]), int(parts[1])
    except ValueError:
        raise refuse("endpoint") from None


def watch_target(value: object) -> WatchTarget:
    """Read tcp/ADDR:PORT."""
    text = _text(value)
    if not text.lower().startswith("tcp/"):
        raise refuse("watch")
    try:
        return WatchTarget(*endpoint(text[4:]))
    except PydanticCustomError:
        raise refuse("watch") from None


def access_source(value: object) -> IPNetwork | str:
    """Read a network, or `vantage:NAME` (given back with its prefix)."""
    text = _text(value)
    if text.startswith("vantage:") and text.removeprefix("vantage:").strip():
        return f"vantage:{text.removeprefix('vantage:').strip()}"
    if text.startswith("vantage:"):
        raise refuse("access_source")
    try:
        return network(text)
    except PydanticCustomError as error:
        if error.type == "network":
            raise refuse("access_source") from None
        raise


def secret(value: object) -> str:
    """Take a reference vault:NAME or env:NAME; anything else may be the secret itself and is never repeated."""
    if not isinstance(value, str) or not _SECRET.fullmatch(value.strip()):
        raise refuse("secret")
    return value.strip()


def optional_secret(value: object) -> str:
    """Take a secret reference or an empty text."""
    return "" if value == "" else secret(value)


def host_key(value: object) -> str:
    """Take a host key fingerprint as OpenSSH prints it."""
    text = _text(value)
    if not _HOST_KEY.fullmatch(text):
        raise refuse("host_key")
    return text.removesuffix("=")


def optional_host_key(value: object) -> str:
    """Take a host key fingerprint or an empty text."""
    return "" if value == "" else host_key(value)


def via(value: object) -> str:
    """Take the way to a vantage."""
    text = _text(value)
    if not _VIA.fullmatch(text):
        raise refuse("via")
    return text


def platform(value: object) -> str:
    """Take a device type as netmiko names them."""
    text = _text(value)
    if not _PLATFORM.fullmatch(text):
        raise refuse("platform")
    return text


def client_name(value: object) -> str:
    """Take a name under which clients reach a service: host name (IDNA) or address."""
    text = _text(value).rstrip(".").lower()
    try:
        return str(ip_address(text))
    except ValueError:
        pass
    try:
        ascii_name = text if text.isascii() else text.encode("idna").decode("ascii")
    except UnicodeError:
        raise refuse("client_name") from None
    if not _NAME.fullmatch(ascii_name):
        raise refuse("client_name")
    return ascii_name


def mac(value: object) -> str:
    """Read one MAC address."""
    found = parse_macs(_text(value))
    if found.wrong or len(found.value) != 1:
        raise refuse("mac")
    return found.value[0]


def tier(value: object) -> Tier:
    """Read T0 to T3."""
    try:
        return Tier.parse(_text(value))
    except ValueError:
        raise refuse("tier") from None


def method(value: object) -> Method:
    """Read the name of a method."""
    try:
        return Method(_text(value))
    except ValueError:
        raise refuse("method", choices=" ".join(Method)) from None


def calendar_date(value: object) -> date:
    """Take a TOML date, or a text in any form the registers may use; a day must be named."""
    if isinstance(value, datetime) or not isinstance(value, date | str):
        raise refuse("date")
    if isinstance(value, date):
        return value
    parsed = parse_date(_text(value))
    if parsed.value is None or parsed.noted:
        raise refuse("date")
    return parsed.value


def hours(value: object) -> HoursWindow:
    """Read one window of agreed hours."""
    window = parse_hours(_text(value))
    if window is None:
        raise refuse("hours")
    return window


def timezone(value: object) -> str:
    """Take an IANA time zone name that this machine knows."""
    text = _text(value)
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise refuse("timezone") from None
    return text


Text = Annotated[str, PlainValidator(_text)]
OptionalText = Annotated[str, PlainValidator(optional_text)]
DocumentPath = Annotated[str, PlainValidator(document)]
Network = Annotated[IPNetwork, PlainValidator(network)]
Address = Annotated[IPAddress, PlainValidator(address)]
Sources = Annotated[tuple[IPAddress, ...], PlainValidator(sources)]
Port = Annotated[int, PlainValidator(port)]
TransportPort = Annotated[str, PlainValidator(transport_port)]
Endpoint = Annotated[tuple[IPAddress, int], PlainValidator(endpoint)]
Watch = Annotated[WatchTarget, PlainValidator(watch_target)]
AccessSource = Annotated[IPNetwork | str, PlainValidator(access_source)]
Secret = Annotated[str, PlainValidator(secret)]
OptionalSecret = Annotated[str, PlainValidator(optional_secret)]
HostKey = Annotated[str, PlainValidator(host_key)]
OptionalHostKey = Annotated[str, PlainValidator(optional_host_key)]
Via = Annotated[str, PlainValidator(via)]
Platform = Annotated[str, PlainValidator(platform)]
ClientName = Annotated[str, PlainValidator(client_name)]
Mac = Annotated[str, PlainValidator(mac)]
TierName = Annotated[Tier, PlainValidator(tier)]
MethodName = Annotated[Method, PlainValidator(method)]
CalendarDate = Annotated[date, PlainValidator(calendar_date)]
Hours = Annotated[HoursWindow, PlainValidator(hours)]
Timezone = Annotated[str, PlainValidator(timezone)]
