"""Talking to a terminal: results on standard output, progress and errors on standard error, nothing that acts on it."""

from __future__ import annotations

import json
import logging
import re
import sys
import unicodedata
from types import TracebackType
from typing import Final, Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from sekisho.messages import named, say
from sekisho.model.attempts import Outcome
from sekisho.model.subjects import Subject, plain

OUT = Console(highlight=False, markup=False, emoji=False, soft_wrap=True)
_UNUSUAL: Final = re.compile(r"[^\n -~]")
"""What has to be looked at more closely; most of what is printed is ASCII."""
ERR = Console(stderr=True, highlight=False, markup=False, emoji=False, soft_wrap=True)


def inert(text: object) -> str:
    """Make a text harmless for a terminal: control and direction characters become visible marks."""
    return "".join(f"\\x{ord(c):02x}" if _acts(c) else c for c in str(text))


def _acts(character: str) -> bool:
    """Tell whether a character may do something on a terminal instead of standing there."""
    return character not in "\n\t" and unicodedata.category(character) in {"Cc", "Cf", "Co", "Cs"}


class InertFormatter(logging.Formatter):
    """Log lines that quote a device can't act on the terminal either."""

    def format(self, record: logging.LogRecord) -> str:
        """Format a record, made harmless."""
        return inert(super().format(record))


def tell(text: object) -> None:
    """Print a line for people."""
    OUT.print(inert(text))


def warn(text: object) -> None:
    """Print a line of warning or progress."""
    ERR.print(inert(text))


def print_json(document: object) -> None:
    """Print machine-readable data, UTF-8, sorted; what acts on a terminal is escaped, as JSON may."""
    text = json.dumps(document, ensure_ascii=False, sort_keys=True, indent=1)
    sys.stdout.write(_UNUSUAL.sub(lambda found: json.dumps(found[0])[1:-1] if _acts(found[0]) else found[0], text))
    sys.stdout.write("\n")


class SurveyProgress:
    """Shows how far a survey is: one line on a terminal, nothing elsewhere."""

    def __init__(self, lang: str) -> None:
        """Prepare; shown only inside a with-block and only on a terminal."""
        self._lang = lang
        self._bar = Progress(
            SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
            console=ERR, transient=True, disable=not ERR.is_terminal, auto_refresh=False,
        )  # fmt: skip
        self._task = self._bar.add_task(say(lang, "cli.survey.progress"), total=None)
        self._seen: set[Subject] = set()
        self.attempts = 0

    def __enter__(self) -> Self:
        """Begin to show. No refresh thread: namespaces are entered by a process without threads."""
        if not self._bar.disable:
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop showing."""
        if not self._bar.disable:
            self._bar.stop()

    def finished(self, subject: Subject, scanner: str, outcome: Outcome) -> None:
        """Count one recorded try."""
        self.attempts += 1
        self._seen.add(subject)
        names = {"scanner": named(self._lang, "report.scanner", scanner), "subject": inert(plain(subject))}
        names["outcome"] = named(self._lang, "report.outcome", outcome.value)
        label = say(self._lang, "cli.survey.step", **names)
        self._bar.update(self._task, completed=self.attempts, description=label)
        self._bar.refresh()
