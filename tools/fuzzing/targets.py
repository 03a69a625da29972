"""What is fuzzed, found by convention: a new scanner or parser needs no entry anywhere.

`read:<scanner>`: SCANNER.read over transcripts made of bytes. `mask:<scanner>`: its mask. `<module>.<function>`: every
public function below scanners that takes bytes (builders left out, whose bytes are our own). `intake:<file>`: an
engagement folder in which one file is arbitrary. The rest stands in FURTHER.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import Any, Final

import scanners
from scanners.tls.starttls import LINES
from sekisho.errors import ParseError
from sekisho.intake import delimited, workbook
from sekisho.intake.engagement_json import from_json
from sekisho.intake.grid import UnreadableError
from sekisho.model.facts import TLS_VERSIONS_OLDEST_FIRST
from sekisho.model.transcript import Transcript
from sekisho.registry import Scanner, discover_scanners
from tools.fuzzing.arguments import Parameter, parameters_of, take
from tools.fuzzing.folders import FILES, load
from tools.fuzzing.transcripts import Form

Raised = tuple[type[Exception], ...]

_BUILDERS: Final = ("build_", "make_")
_OF_THE_PEER: Final = frozenset({"reply", "received", "greeting"})
"""Parameters that make a builder one that reads: it answers what the peer said."""
OURS: Final = {
    "scanners.tls.groups.shared_secret": "a group that we offered, and our key; read_flight reaches it",
    "scanners.tls.reading.key_note": "writes a note about our own key",
    "scanners.tls.schedule.expand_label": "the digest is our choice; read_flight reaches it",
}
"""Functions that take bytes of ours alone, or numbers that only we choose, and why each of them is safe."""
WORDS: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "scanners.tls.parse.parse_certificate_request": {"version": TLS_VERSIONS_OLDEST_FIRST},
    "scanners.tls.starttls.follow": {"protocol": tuple(LINES)},
    "scanners.tls.starttls.read_connection": {"protocol": ("", *LINES)},
}
"""Parameters for which we choose among a few words."""
FURTHER: Final[dict[str, tuple[Callable[[bytes], object], Raised]]] = {
    "sekisho.model.transcript.Transcript.from_bytes": (Transcript.from_bytes, (ParseError,)),
    "sekisho.intake.engagement_json.from_json": (lambda raw: from_json(raw.decode("utf-8", "replace")), (ParseError,)),
    "sekisho.intake.delimited.read_delimited": (delimited.read_delimited, (UnreadableError,)),
    "sekisho.intake.workbook.read_workbook": (workbook.read_workbook, (UnreadableError,)),
}
"""Readers outside scanners of what comes from somebody else, and what each may raise."""


@dataclass(frozen=True, slots=True)
class Target:
    """One thing that is fuzzed. run: raises for a finding alone. parameters: of a function that was found, else ()."""

    name: str
    run: Callable[[bytes], None]
    scanner: str = ""
    function: Callable[..., Any] | None = None
    parameters: tuple[Parameter, ...] = ()


@cache
def targets() -> dict[str, Target]:
    """Give everything that is fuzzed, by name."""
    found: list[Target] = []
    for scanner in discover_scanners(scanners).values():
        found.append(Target(f"read:{scanner.id}", _reader(scanner), scanner.id))
        if scanner.mask is not None:
            found.append(Target(f"mask:{scanner.id}", _masker(scanner.mask), scanner.id))
    found += (_parser(name, function, parameters) for name, function, parameters in parsers())
    found += (Target(name, _only(run, allowed)) for name, (run, allowed) in FURTHER.items())
    found += (Target(f"intake:{name}", lambda data, name=name: load(name, data)) for name in FILES)
    return {target.name: target for target in found}


def parsers() -> Iterator[tuple[str, Callable[..., Any], tuple[Parameter, ...]]]:
    """Give the public functions below scanners that read bytes of a peer, with what they take."""
    for info in pkgutil.walk_packages(scanners.__path__, scanners.__name__ + "."):
        for name, function in functions(importlib.import_module(info.name)):
            parameters = parameters_of(function, WORDS.get(name, {}))
            reads_bytes = parameters is not None and any(p.kind is bytes for p in parameters)
            if parameters and reads_bytes and name not in OURS and not _is_builder(function, parameters):
                yield name, function, parameters


def functions(module: ModuleType) -> Iterator[tuple[str, Callable[..., Any]]]:
    """Give the public functions that a module defines, caches taken off; none that talks to the wire."""
    for name, value in vars(module).items():
        inner = inspect.unwrap(value) if callable(value) else None
        is_own = inspect.isfunction(inner) and inner.__module__ == module.__name__
        if is_own and not name.startswith("_") and not inspect.iscoroutinefunction(inner):
            yield f"{module.__name__}.{name}", inner


def _is_builder(function: Callable[..., Any], parameters: tuple[Parameter, ...]) -> bool:
    """Tell whether a function makes bytes of our own bytes alone."""
    return function.__name__.startswith(_BUILDERS) and not _OF_THE_PEER & {p.name for p in parameters}


def _parser(name: str, function: Callable[..., Any], parameters: tuple[Parameter, ...]) -> Target:
    """Make a target of a parser; what it gives bit by bit is taken to its end."""

    def parse(data: bytes) -> None:
        given = function(**take(data, parameters))
        if isinstance(given, Iterator):
            list(given)

    folder = name.split(".")[1].replace("_", "-")
    return Target(name, _only(parse, (ParseError,)), folder, function, parameters)


def _only(run: Callable[[bytes], object], allowed: Raised) -> Callable[[bytes], None]:
    """Let nothing but the documented errors pass as an answer."""

    def one(data: bytes) -> None:
        try:
            run(data)
        except allowed:
            return

    return one


def _reader(scanner: Scanner) -> Callable[[bytes], None]:
    """Make the reading of a transcript a target: it raises nothing and gives only what the scanner declares."""
    form = Form.of(scanner.id)

    def read(data: bytes) -> None:
        found = {type(fact) for _, fact in scanner.read(form.take(data)).facts}
        if surplus := found - set(scanner.yields):
            msg = f"{scanner.id}: gave {surplus}, expected {scanner.yields}"
            raise AssertionError(msg)

    return read


def _masker(mask: Callable[[bytes], bytes]) -> Callable[[bytes], None]:
    """Make a mask a target: it keeps the length, and a second time changes nothing."""

    def blank(data: bytes) -> None:
        once = mask(data)
        if len(once) != len(data) or mask(once) != once:
            msg = f"mask: {data!r} became {once!r}, then {mask(once)!r}"
            raise AssertionError(msg)

    return blank
