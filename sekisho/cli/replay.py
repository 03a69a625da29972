"""`sekisho replay DIR`: from evidence and documents to the same report.json, in a process that can't open a socket."""

from __future__ import annotations

import json as jsonlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import typer

from sekisho.assessment.build import assess as judge
from sekisho.assessment.serialise import pieces, to_bytes
from sekisho.cli.compose import load
from sekisho.cli.no_network import forbid_network
from sekisho.cli.options import Folder, Json, Lang, RunId
from sekisho.cli.record import open_record, read_run
from sekisho.cli.terminal import print_json, tell
from sekisho.errors import IntegrityError, UsageError
from sekisho.intake.documents import list_documents
from sekisho.intake.remarks import Remarks
from sekisho.messages import Sentence, say

_SNAPSHOT: Final = b'\n "snapshot": {'
_END: Final = b"\n }"


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command("replay", help="証跡から報告を再現し照合する / reproduce the report from its evidence")
    def replay(folder: Folder, run: RunId = "", lang: Lang = "ja", json: Json = False) -> None:
        forbid_network()
        journal = open_record(folder, lang)
        try:
            chosen = journal.run(run) if run else journal.current()
            last = journal.verify(chosen.id)
            stored = folder / "out" / "runs" / chosen.id / "report.json"
            if not stored.is_file():
                raise UsageError(say(lang, "cli.replay.no_report", path=stored))
            before = snapshot_of(stored)
            _same_documents(before, _digests(folder, lang))
            loaded = load(folder, lang=lang)
            report = judge(read_run(journal, chosen, loaded.engagement), loaded.kit)
        finally:
            journal.dispose()
        if not holds(stored, pieces(report)):
            if chosen.closed_at is None and int(before["chain_length"]) < last.seq + 1:
                raise UsageError(say(lang, "cli.replay.older", path=stored))
            where = _first_difference(stored.read_bytes(), to_bytes(report))
            raise IntegrityError(say(lang, "cli.replay.differs", path=stored, where=where))
        size = stored.stat().st_size
        if json:
            print_json({"run": chosen.id, "chain_head": last.hash, "links": last.seq + 1, "bytes": size})
        else:
            tell(say(lang, "cli.replay.done", run=chosen.id, links=last.seq + 1, head=last.hash[:16], size=size))


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
