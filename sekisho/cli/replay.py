"""`sekisho replay DIR`: from evidence and documents to the same files, in a process that can't open a socket."""

from __future__ import annotations

import json as jsonlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import typer

import reports
from sekisho.assessment.build import assess as judge
from sekisho.assessment.serialise import pieces, to_bytes
from sekisho.cli.assess import run_folder
from sekisho.cli.commands import COMMANDS
from sekisho.cli.files import blocks
from sekisho.cli.kit import load
from sekisho.cli.no_network import forbid_network
from sekisho.cli.options import Folder, Json, Lang, RunId
from sekisho.cli.record import open_record, read_run
from sekisho.cli.terminal import print_json, tell
from sekisho.errors import IntegrityError, UsageError
from sekisho.intake.documents import list_documents
from sekisho.intake.remarks import Remarks
from sekisho.messages import LANGUAGES, Sentence, say
from sekisho.model.formats import discover_formats
from sekisho.model.report import Report
from sekisho.model.run import RunRecord

REPORT: Final = "report.json"
_SNAPSHOT: Final = b'\n "snapshot": {'
_END: Final = b"\n }"


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command("replay", help=COMMANDS["replay"].help)
    def replay(folder: Folder, run: RunId = "", lang: Lang = "ja", json: Json = False) -> None:
        forbid_network()
        journal = open_record(folder, lang)
        try:
            chosen = journal.run(run) if run else journal.current()
            last = journal.verify(chosen.id)
            stored = run_folder(folder, chosen.id) / REPORT
            if not stored.is_file():
                raise UsageError(say(lang, "cli.replay.no_report", path=stored))
            before = snapshot_of(stored)
            _same_documents(before, _digests(folder, lang))
            loaded = load(folder, lang=lang)
            record = read_run(journal, chosen, loaded.engagement)
            report = judge(record, loaded.kit)
        finally:
            journal.dispose()
        if not holds(stored, pieces(report)):
            if chosen.closed_at is None and int(before["chain_length"]) < last.seq + 1:
                raise UsageError(say(lang, "cli.replay.older", path=stored))
            where = _first_difference(stored.read_bytes(), to_bytes(report))
            raise IntegrityError(say(lang, "cli.replay.differs", path=stored, where=where))
        formats = Rebuilt(report, record, lang)
        same_files(stored.parent, formats)
        _same_as_handed_over(folder, chosen.id, formats)
        size = stored.stat().st_size
        if json:
            print_json({"run": chosen.id, "chain_head": last.hash, "links": last.seq + 1, "bytes": size})
        else:
            tell(say(lang, "cli.replay.done", run=chosen.id, links=last.seq + 1, head=last.hash[:16], size=size))


class Rebuilt:
    """The formats of a report, built anew when they are asked for: in the language of this call, then in the others."""

    def __init__(self, report: Report, record: RunRecord, lang: str) -> None:
        """Take what they are built from."""
        self._report, self._record = report, record
        self._languages = (lang, *(other for other in LANGUAGES if other != lang))
        self._formats = {f.filename: f for f in discover_formats(reports).values()}
        self._built: dict[tuple[str, str], bytes] = {}

    def names(self) -> tuple[str, ...]:
        """Give the file names, sorted."""
        return tuple(sorted(self._formats))

    def has(self, path: Path) -> bool:
        """Tell whether a file is what the report gives in one of the languages."""
        return any(holds(path, (self._of(path.name, lang),)) for lang in self._languages)

    def _of(self, name: str, lang: str) -> bytes:
        """Build once."""
        if (name, lang) not in self._built:
            self._built[name, lang] = self._formats[name].build(self._report, self._record.transcripts, lang)
        return self._built[name, lang]


def same_files(place: Path, formats: Rebuilt) -> None:
    """Hold the files beside a report.json against what it gives. Raises: IntegrityError naming the first that differs.

    A format that was never written there is none that was handed over from there.
    """
    for name in formats.names():
        path = place / name
        if path.is_file() and not formats.has(path):
            raise IntegrityError(Sentence("cli.replay.format_differs", path=path))


def _same_as_handed_over(folder: Path, run: str, formats: Rebuilt) -> None:
    """Hold out/ against the files of the run that its report.json speaks of. Raises: IntegrityError naming a file."""
    out = folder / "out"
    latest = out / REPORT
    belongs = run
    if latest.is_file():
        belongs = str(snapshot_of(latest)["run"])
        _same_bytes(latest, run_folder(folder, belongs) / REPORT)
    if belongs == run:
        same_files(out, formats)
        return
    for name in formats.names():
        if (out / name).is_file():
            _same_bytes(out / name, run_folder(folder, belongs) / name)


def _same_bytes(path: Path, kept: Path) -> None:
    """Hold a file in out/ against the one kept with its run. Raises: IntegrityError when that differs or is missing."""
    if not kept.is_file() or not holds(path, blocks(kept)):
        raise IntegrityError(Sentence("cli.replay.handed_over", path=path, kept=kept))


def holds(path: Path, expected: Iterable[bytes]) -> bool:
    """Tell whether a file holds exactly these bytes; piece by piece, for reports of some hundred megabytes."""
    with path.open("rb") as file:
        return all(file.read(len(piece)) == piece for piece in expected) and not file.read(1)


def snapshot_of(path: Path) -> Mapping[str, Any]:
    """Give the part `snapshot` of a stored report. Raises: IntegrityError when it is none.

    As we write it, the part begins and ends with lines of its own, and only they are read; a report that was laid out
    anew is read whole, and will differ.
    """
    raw = path.read_bytes()
    begin = raw.rfind(_SNAPSHOT)
    end = raw.find(_END, begin)
    try:
        if begin >= 0 and end >= 0:
            part = jsonlib.loads(raw[begin + len(_SNAPSHOT) - 1 : end + len(_END)])
        else:
            part = jsonlib.loads(raw)["snapshot"]
        int(part["chain_length"])
        str(part["run"])
        {d["path"]: d["sha256"] for d in part["documents"]}
    except (ValueError, KeyError, TypeError) as error:
        raise IntegrityError(Sentence("cli.replay.not_a_report", why=error)) from error
    return dict(part)


def _digests(folder: Path, lang: str) -> dict[str, str]:
    """Give the documents as they are now, read only for their digest: an altered one may not even be readable."""
    return {d.path: d.sha256 for d in list_documents(folder, Remarks(lang))}


def _same_documents(snapshot: Mapping[str, Any], now: dict[str, str]) -> None:
    """Hold the documents against those the report was made from. Raises: IntegrityError naming the first."""
    used = {d["path"]: d["sha256"] for d in snapshot["documents"]}
    for path in sorted({*used, *now}):
        if used.get(path) != now.get(path):
            raise IntegrityError(_changed(path, used.get(path, ""), now.get(path, "")))


def _changed(path: str, before: str, now: str) -> Sentence:
    """Say how a document differs from the one that the report was made from."""
    if not before:
        return Sentence("cli.replay.document_new", path=path)
    if not now:
        return Sentence("cli.replay.document_gone", path=path)
    return Sentence("cli.replay.document_altered", path=path, before=before, now=now)


def _first_difference(before: bytes, after: bytes) -> str:
    """Name the first place where two reports differ."""
    try:
        return _walk(jsonlib.loads(before), jsonlib.loads(after), "$")
    except ValueError:
        return "report.json is no JSON"


def _walk(left: object, right: object, path: str) -> str:
    """Descend to the first difference."""
    if isinstance(left, dict) and isinstance(right, dict):
        for key in sorted({*left, *right}):
            if left.get(key) != right.get(key):
                return _walk(left.get(key), right.get(key), f"{path}.{key}")
    if isinstance(left, list) and isinstance(right, list):
        for index, (one, other) in enumerate(zip(left, right, strict=False)):
            if one != other:
                return _walk(one, other, f"{path}[{index}]")
        return f"{path} (length {len(left)} / {len(right)})"
    return path
