"""The engagement as canonical JSON and back, exactly: a run keeps the intake it was opened with."""

from __future__ import annotations

import hashlib
import json
import types
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import date, datetime, time
from enum import Enum
from functools import cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any, Final, Union, get_args, get_origin, get_type_hints

from sekisho.errors import ParseError
from sekisho.model.engagement import Engagement
from sekisho.model.tiers import Tier

SCHEMA: Final = 1
_TEXTUAL: Final = (IPv4Address, IPv6Address, IPv4Network, IPv6Network)
_READERS: Final[Mapping[type, Callable[[str], Any]]] = {
    datetime: datetime.fromisoformat,
    date: date.fromisoformat,
    time: time.fromisoformat,
    Tier: Tier.parse,
}


def to_json(engagement: Engagement) -> str:
    """Write an engagement: keys sorted, sets sorted, the same text for the same value."""
    return _canonical({"schema": SCHEMA, "engagement": _plain(engagement)})


def section_sha256(section: object) -> str:
    """Give the digest of one part of an engagement, over its canonical JSON."""
    return hashlib.sha256(_canonical(_plain(section)).encode()).hexdigest()


def _canonical(plain: object) -> str:
    """Write JSON in one way only."""
    return json.dumps(plain, ensure_ascii=False, sort_keys=True, allow_nan=False, separators=(",", ":"))


def from_json(text: str) -> Engagement:
    """Read what to_json wrote. Raises: ParseError naming the place, for anything else."""
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError) as error:
        msg = f"engagement: not JSON: {error}"
        raise ParseError(msg) from error
    if not isinstance(whole, dict) or whole.get("schema") != SCHEMA or "engagement" not in whole:
        msg = f"engagement: expected an object with schema {SCHEMA} and engagement"
        raise ParseError(msg)
    read = _read(Engagement, whole["engagement"], "engagement")
    if not isinstance(read, Engagement):
        raise _unlike(Engagement, whole["engagement"], "engagement")
    return read


def _plain(value: object) -> Any:  # noqa: PLR0911, ANN401 - one line per kind of value; JSON is untyped
    """Turn a value into what JSON knows."""
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: _plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, AbstractSet):
        return sorted((_plain(v) for v in value), key=lambda v: (str(type(v)), v))
    if isinstance(value, tuple):
        return [_plain(v) for v in value]
    if isinstance(value, Tier):
        return value.name
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value) if isinstance(value, _TEXTUAL) else value


def _read(kind: Any, value: Any, at: str) -> Any:  # noqa: ANN401 - kind is a type annotation
    """Read a JSON value as an annotation says. Raises: ParseError."""
    if get_origin(kind) in {Union, types.UnionType}:
        return _read_union(get_args(kind), value, at)
    if get_origin(kind) in {tuple, frozenset} or get_origin(kind) is Mapping:
        return _read_many(kind, value, at)
    if is_dataclass(kind) and isinstance(kind, type):
        return _read_dataclass(kind, value, at)
    return _read_leaf(kind, value, at)


def _read_union(kinds: tuple[Any, ...], value: Any, at: str) -> Any:  # noqa: ANN401 - as _read
    """Read X | None, an address or a network of either family."""
    if value is None and type(None) in kinds:
        return None
    real = [k for k in kinds if k is not type(None)]
    if real[0] in _TEXTUAL:
        reader = ip_network if real[0] in {IPv4Network, IPv6Network} else ip_address
        return _call(reader, value, at)
    return _read(real[0], value, at)


def _read_many(kind: Any, value: Any, at: str) -> Any:  # noqa: ANN401 - as _read
    """Read a tuple, a set or a mapping of text keys."""
    arguments = get_args(kind)
    if get_origin(kind) is Mapping:
        if not isinstance(value, dict):
            raise _unlike("an object", value, at)
        return {k: _read(arguments[1], v, f"{at}.{k}") for k, v in value.items()}
    if not isinstance(value, list):
        raise _unlike("a list", value, at)
    items = (_read(arguments[0], v, f"{at}[{n}]") for n, v in enumerate(value))
    return frozenset(items) if get_origin(kind) is frozenset else tuple(items)


def _read_dataclass(kind: type, value: Any, at: str) -> Any:  # noqa: ANN401 - as _read
    """Read a dataclass; fields that an older writer did not know take their default."""
    if not isinstance(value, dict):
        raise _unlike("an object", value, at)
    known = _fields(kind)
    if surplus := sorted(set(value) - set(known)):
        raise _unlike(["keys", *sorted(known)], surplus, at)
    missing = sorted(name for name, (f, _) in known.items() if name not in value and not _has_default(f))
    if missing:
        raise _unlike(["also the keys", *missing], sorted(value), at)
    return kind(**{k: _read(known[k][1], v, f"{at}.{k}") for k, v in value.items()})


@cache
def _fields(kind: Any) -> Mapping[str, tuple[Field[Any], Any]]:  # noqa: ANN401 - a dataclass
    """Give the fields of a dataclass with their resolved annotations."""
    hints = get_type_hints(kind)
    return {f.name: (f, hints[f.name]) for f in fields(kind)}


def _has_default(field: Field[Any]) -> bool:
    """Tell whether a field may be left out."""
    return field.default is not MISSING or field.default_factory is not MISSING


def _read_leaf(kind: Any, value: Any, at: str) -> Any:  # noqa: ANN401 - as _read
    """Read a single value; JSON's true is no number here."""
    if kind in _READERS:
        return _call(_READERS[kind], value, at)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return _call(kind, value, at)
    if kind is float and type(value) in {int, float}:
        return float(value)
    if type(value) is not kind:
        raise _unlike(kind, value, at)
    return value


def _call(reader: Callable[[str], Any], value: Any, at: str) -> Any:  # noqa: ANN401 - as _read
    """Read a text by a reader that raises ValueError."""
    if not isinstance(value, str):
        raise _unlike("a text", value, at)
    try:
        return reader(value)
    except ValueError as error:
        raise _unlike(getattr(reader, "__name__", "a value"), value, at) from error


def _unlike(expected: object, got: object, at: str) -> ParseError:
    """Make the error for a value of the wrong kind."""
    return ParseError(f"{at}: got {got!r:.80}, expected {expected}")
