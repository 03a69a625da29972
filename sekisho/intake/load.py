"""Load: the engagement folder → Engagement, or InputError with every problem at once. Nothing is written."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Final
from zoneinfo import ZoneInfo

from sekisho.errors import Problem
from sekisho.intake.answers import AnswerContext, read_answers
from sekisho.intake.config.core import Settings, to_core
from sekisho.intake.config.read import ConfigRead, read_config
from sekisho.intake.cross import CrossChecks
from sekisho.intake.devices import read_devices
from sekisho.intake.documents import TABLE_ENDINGS, list_documents
from sekisho.intake.headers import table_kinds
from sekisho.intake.known import Known, shipped
from sekisho.intake.lines import read_lines
from sekisho.intake.remarks import Remarks
from sekisho.intake.rows import Row
from sekisho.intake.sitewalk import read_sitewalk
from sekisho.intake.tables import read_table
from sekisho.intake.waivers import read_waivers
from sekisho.intake.watched import check_watched
from sekisho.model.engagement import (
    DeclaredDevice,
    DeclaredLine,
    DeclaredWaiver,
    Document,
    Engagement,
    HearingAnswer,
    Origin,
    SiteWalkNote,
)

_DEFAULT_ZONE: Final = "Asia/Tokyo"
_EXPECTED: Final = frozenset({"devices", "lines", "sitewalk"})
"""Registers whose absence is told; most hospitals accept nothing for now, so that waivers are seldom handed over."""
_OTHER_TABLES: Final = frozenset({".xls", ".xlsm", ".xlsb", ".ods", ".tsv", ".numbers"})


@dataclass(frozen=True, slots=True)
class Intake:
    """An engagement that is free of errors, and what somebody should know about it all the same."""

    engagement: Engagement
    notices: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class _Registers:
    """The tables."""

    devices: tuple[DeclaredDevice, ...]
    lines: tuple[DeclaredLine, ...]
    answers: tuple[HearingAnswer, ...]
    sitewalk: tuple[SiteWalkNote, ...]
    waivers: tuple[DeclaredWaiver, ...]


def load_engagement(folder: Path, *, lang: str = "ja", known: Known | None = None) -> Intake:
    """Read the folder of one engagement.

    Takes: lang: language of problems and notices; known: what profiles offer, the shipped ones by default.
    Raises: InputError with all problems of engagement.toml and of every table.
    """
    remarks = Remarks(lang)
    if not folder.is_dir():
        remarks.wrong(Origin(str(folder)), "", "file.no_folder")
    remarks.raise_if_wrong()
    offered = known or shipped()
    config = read_config(folder, remarks)
    documents = list_documents(folder, remarks)
    digests = {d.path: d.sha256 for d in documents}
    if config.raw is not None:
        CrossChecks(config.raw, folder, digests, offered, remarks).run()
    _report_unread(documents, remarks)
    registers = _registers(folder, documents, config, (offered, remarks))
    settings = to_core(config.model, digests) if config.model else None
    remarks.raise_if_wrong()
    if settings is None:
        msg = "engagement.toml gave neither a model nor a problem"
        raise AssertionError(msg)
    engagement = _engagement(settings, registers, documents)
    check_watched(engagement, folder, remarks)
    remarks.raise_if_wrong()
    return Intake(engagement, tuple(remarks.notices))


def _registers(
    folder: Path, documents: tuple[Document, ...], config: ConfigRead, context: tuple[Known, Remarks]
) -> _Registers:
    """Read the tables; with an unusable engagement.toml they are read for their problems alone."""
    known, remarks = context
    zone = ZoneInfo(config.model.facility.timezone if config.model else _DEFAULT_ZONE)
    checklists = tuple(config.model.assess.checklists) if config.model else tuple(known.checklists)
    tables = {role: _table(folder, documents, role, remarks) for role in ("devices", "lines", "sitewalk", "waivers")}
    answers: list[HearingAnswer] = []
    paths = [d.path for d in documents if d.role == "answers"]
    for path in paths:
        rows = read_table(folder / path, path, kind=table_kinds()["answers"], remarks=remarks)
        answers += read_answers(rows, AnswerContext(known, checklists, Path(path).stem))
    if not paths:
        remarks.note(Origin("documents/answers"), "", "file.no_answers")
    return _Registers(
        read_devices(tables["devices"], known.categories),
        read_lines(tables["lines"], known),
        tuple(answers),
        read_sitewalk(tables["sitewalk"], zone),
        read_waivers(tables["waivers"], AnswerContext(known, checklists, "")),
    )


def _table(folder: Path, documents: tuple[Document, ...], role: str, remarks: Remarks) -> list[Row]:
    """Read the one file of a register: none is legal but told, two would contradict each other."""
    paths = [d.path for d in documents if d.role == role]
    if len(paths) > 1:
        for path in paths:
            remarks.wrong(Origin(path), "", "file.twice", others="、".join(p for p in paths if p != path))
        return []
    if not paths:
        if role in _EXPECTED:
            remarks.note(Origin(f"documents/{role}.xlsx"), "", f"file.no_{role}")
        return []
    return read_table(folder / paths[0], paths[0], kind=table_kinds()[role], remarks=remarks)


def _report_unread(documents: tuple[Document, ...], remarks: Remarks) -> None:
    """Tell which files look like registers but are not read: in a form that can't be, or under another name."""
    for document in documents:
        path = PurePosixPath(document.path)
        if document.role != "other" or path.parts[0] != "documents":
            continue
        is_table = path.stem.lower() in table_kinds() or path.parent.name.lower() == "answers"
        if is_table and path.suffix.lower() in _OTHER_TABLES:
            remarks.wrong(Origin(document.path), path.suffix, "file.extension")
        elif path.suffix.lower() in TABLE_ENDINGS:
            remarks.note(Origin(document.path), "", "file.not_a_table")


def _engagement(settings: Settings, registers: _Registers, documents: tuple[Document, ...]) -> Engagement:
    """Put everything together; a file that a consent names is a consent, whatever it is called."""
    named = {c.document for c in settings.consents}
    roles = tuple(replace(d, role="consent") if d.path in named else d for d in documents)
    return Engagement(
        facility=settings.facility,
        consents=settings.consents,
        scope=settings.scope,
        vantages=settings.vantages,
        access=settings.access,
        stop=settings.stop,
        pace=settings.pace,
        names=settings.names,
        snmp=settings.snmp,
        logins=settings.logins,
        checklists=settings.checklists,
        tls_policy=settings.tls_policy,
        root_store=settings.root_store,
        devices=registers.devices,
        lines=registers.lines,
        answers=registers.answers,
        sitewalk=registers.sitewalk,
        waivers=registers.waivers,
        documents=roles,
    )
