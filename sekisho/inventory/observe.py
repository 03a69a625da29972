"""From transcripts to observations: every reader is called once per transcript, and none may take the run down."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from sekisho.model.attempts import Attempt, Outcome
from sekisho.model.facts import Fact
from sekisho.model.observations import Observation, Reading
from sekisho.model.run import Imported, RunRecord
from sekisho.model.subjects import IPAddress, Subject, address_of
from sekisho.model.transcript import Transcript
from sekisho.registry import Scanner

MOST_DAYS_OLD: Final = 30
"""Age, at the opening of the run, above which a file handed in says nothing of the present. Ours: no source sets one;
a register is renewed and addresses change hands within weeks."""
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Seen:
    """What the readers made of a run.

    observations: sorted by id. attempts: as recorded, but `tool_error` where the reader failed; sorted.
    """

    observations: tuple[Observation[Fact], ...]
    attempts: tuple[Attempt, ...]


def observe(record: RunRecord, scanners: Mapping[str, Scanner]) -> Seen:
    """Read every transcript that an attempt or an import names, once, and give its facts as observations.

    A file handed in that is too old, or does not say when it was made, gives none: it does not show what is there now.
    """
    past = {i.evidence for i in record.imports if not is_current(i, record)}
    own = own_addresses(record)
    faults: dict[str, str] = {}
    found: list[tuple[Transcript, str, Subject, Fact]] = []
    for evidence in _named(record):
        transcript = record.transcripts.get(evidence)
        reading = "evidence is missing" if transcript is None else _read(transcript, scanners)
        if isinstance(reading, str) or transcript is None:
            faults[evidence] = str(reading)
            continue
        # a middlebox that answers for a host proves nothing about the host (docs/topics.md, "seen")
        facts = () if reading.outcome is Outcome.MIDDLEBOX or evidence in past else reading.facts
        found += [(transcript, evidence, s, f) for s, f in facts if address_of(s) not in own]
    attempts = (_marked(a, faults) for a in record.attempts)
    return Seen(tuple(_numbered(found)), tuple(sorted(attempts, key=attempt_order)))


def is_current(imported: Imported, record: RunRecord) -> bool:
    """Tell whether a file handed in is recent enough to show what was there when the run was opened."""
    return imported.at is not None and imported.at >= record.opened_at - timedelta(days=MOST_DAYS_OLD)


def own_addresses(record: RunRecord) -> frozenset[IPAddress]:
    """Give the addresses we send from; they never count as devices (docs/topics.md, "seen")."""
    return frozenset(s for places in (record.engagement.vantages, record.vantages) for p in places for s in p.sources)


def attempt_order(attempt: Attempt) -> tuple[str, str, str, str, str, tuple[str, ...]]:
    """Sort key that makes attempts independent of the order in which they were handed over."""
    when = attempt.at.isoformat()
    return (attempt.subject, attempt.vantage, attempt.scanner, when, attempt.outcome.value, attempt.evidence)


def _named(record: RunRecord) -> list[str]:
    """Give every evidence id of attempts and imports, each once."""
    ids = {e for a in record.attempts for e in a.evidence} | {i.evidence for i in record.imports}
    return sorted(ids)


def _read(transcript: Transcript, scanners: Mapping[str, Scanner]) -> Reading | str:
    """Let the transcript's scanner read it; give what went wrong as text when it can't."""
    scanner = scanners.get(transcript.scanner)
    if scanner is None:
        return f"no scanner {transcript.scanner!r}"
    try:
        return scanner.read(transcript)
    except Exception as error:  # noqa: BLE001 - the one place of this stage: a crash is an outcome, never a missing row
        _LOG.exception("reader %s failed on %s", transcript.scanner, transcript.subject)
        return f"reader failed: {type(error).__name__}: {error}"


def _marked(attempt: Attempt, faults: Mapping[str, str]) -> Attempt:
    """Turn the outcome of an attempt whose evidence could not be read into tool_error."""
    why = [faults[e] for e in attempt.evidence if e in faults]
    return replace(attempt, outcome=Outcome.TOOL_ERROR, detail="; ".join(why)) if why else attempt


def _numbered(found: Iterable[tuple[Transcript, str, Subject, Fact]]) -> Iterator[Observation[Fact]]:
    """Give observations with ids that depend on content alone: scanner, vantage, subject, type, ordinal in time."""
    groups: dict[str, list[tuple[Transcript, str, Subject, Fact]]] = defaultdict(list)
    for row in found:
        transcript, _, subject, fact = row
        groups[f"{transcript.scanner}|{transcript.vantage}|{subject}|{type(fact).__name__}"].append(row)
    for key in sorted(groups):
        rows = sorted(groups[key], key=lambda r: (r[0].started_at, r[1], repr(r[3])))
        for number, (transcript, evidence, subject, fact) in enumerate(rows):
            yield Observation(
                f"{key}|{number:04d}", subject, fact, transcript.started_at, transcript.vantage, (evidence,)
            )
