"""report.json: the run a report speaks of, and what every part of a report is made of."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Part(BaseModel):
    """Base of all parts: frozen, closed."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Text(Part):
    """A sentence for people in both languages."""

    ja: str
    en: str


class DocumentPart(Part):
    """One file that went in."""

    path: str
    role: str
    sha256: Sha256


class DataSetPart(Part):
    """One data set the judgement used, with its age."""

    id: str
    date: str
    entries: int
    note: Text


class IntakeChangePart(Part):
    """A document or section that is no longer what the run was opened with.

    before, now: sha256, "" where it did not exist. counts: which of both this report is made from.
    """

    name: str
    before: str
    now: str
    counts: Literal["run", "now"]


class SnapshotPart(Part):
    """The run this report speaks of. stages: active | config | capture | import | documents | hearing.

    documents: those this report is made from. intake_sha256, intake_documents: what the run was opened with.
    """

    run: str
    opened_at: str
    closed_at: str | None
    tool_version: str
    chain_head: Sha256
    chain_length: int
    stages: tuple[str, ...]
    documents: tuple[DocumentPart, ...]
    intake_sha256: Sha256
    intake_documents: tuple[DocumentPart, ...]
    intake_changes: tuple[IntakeChangePart, ...]
    data: tuple[DataSetPart, ...]
