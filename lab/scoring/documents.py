"""What the score reads of report.json and of truth.json; of the report only what truth can speak of."""

from __future__ import annotations

import json
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from lab.errors import InputError, LabError, Problem

Stage = Literal["active", "config", "capture", "documents", "hearing"]
Verdict = Literal["pass", "fail", "unknown", "not_applicable", "error"]


def _canonical(address: str) -> str:
    """Write an address in its one form; anything else (such as `@L-3`) stays."""
    try:
        return str(ip_address(address))
    except ValueError:
        return address


Address = Annotated[str, AfterValidator(_canonical)]


class TruthRow(BaseModel):
    """What truth rows have in common."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    needs: tuple[Stage, ...] = ()
    """Stages of which one must have run; empty = any survey sees it."""
    note: str = ""


class TruePoint(TruthRow):
    """A connection point that exists."""

    at: Address
    kinds: tuple[str, ...] = Field(min_length=1)
    declared: bool | None = None
    observed: bool | None = None


class TrueService(TruthRow):
    """An open port that exists."""

    at: Address
    transport: Literal["tcp", "udp"]
    port: int
    protocol: str | None = None


class TrueFinding(TruthRow):
    """A verdict that is right."""

    subject: str
    topic: str
    verdict: Verdict


class TrueAnswer(TruthRow):
    """A checklist state that is right."""

    checklist: str
    item: str
    state: str
    subject: str | None = None


class Truth(BaseModel):
    """truth.json."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    schema_version: Literal[1] = Field(alias="schema")
    connection_points: tuple[TruePoint, ...] = ()
    services: tuple[TrueService, ...] = ()
    findings: tuple[TrueFinding, ...] = ()
    answers: tuple[TrueAnswer, ...] = ()
    complete: tuple[Annotated[str, Field(pattern=r"^(connection_points|services|topic:[a-z0-9_.-]+)$")], ...] = ()


class Seen(BaseModel):
    """What report rows have in common; keys that truth doesn't speak of are passed over."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Asset(Seen):
    """A device of the report."""

    id: str
    addresses: tuple[Address, ...] = ()


class Point(Seen):
    """A connection point of the report."""

    id: str
    kinds: tuple[str, ...] = ()
    asset: str | None = None
    addresses: tuple[Address, ...] = ()


class Service(Seen):
    """An open port of the report."""

    id: str = ""
    address: Address
    transport: str
    port: int
    protocol: str | None = None


class Finding(Seen):
    """A finding of the report."""

    id: str = ""
    subject: str
    topic: str
    verdict: str


class Answer(Seen):
    """A checklist answer of the report."""

    checklist: str
    item: str
    subject: str | None = None
    state: str


class Snapshot(Seen):
    """The survey run."""

    stages: tuple[str, ...]


class Report(Seen):
    """report.json."""

    snapshot: Snapshot
    assets: tuple[Asset, ...]
    connection_points: tuple[Point, ...]
    services: tuple[Service, ...]
    findings: tuple[Finding, ...]
    answers: tuple[Answer, ...]


D = TypeVar("D", Truth, Report)


def read_document(file: Path, model: type[D]) -> D:
    """Read a truth or a report.

    Raises: LabError when the file can't be read, InputError with all that is wrong in it.
    """
    try:
        raw = json.loads(file.read_text(encoding="utf-8"))
    except OSError as gone:
        raise LabError("input.unreadable", file=str(file), reason=gone.strerror or repr(gone)) from None
    except ValueError as wrong:
        raise InputError((Problem(str(file), "-", "-", "problem.json", {"reason": str(wrong)}),)) from None
    try:
        return model.model_validate(raw)
    except ValidationError as wrong:
        raise InputError(
            tuple(
                Problem(
                    str(file),
                    ".".join(map(str, error["loc"])) or "-",
                    "-" if error["type"] == "missing" else repr(error["input"])[:80],
                    "problem.other",
                    {"reason": error["msg"]},
                )
                for error in wrong.errors()
            )
        ) from None
