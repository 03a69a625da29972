"""The one family of errors, each with the exit code that the command line returns."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class ExitCode(IntEnum):
    """Exit codes of every command (design: command line contract v1)."""

    DONE = 0
    FINDINGS = 1
    BAD_INPUT = 2
    PARTIAL = 3
    REFUSED = 4
    INTEGRITY = 5
    INTERNAL = 6
    INTERRUPTED = 130


class SekishoError(Exception):
    """Root of all errors that Sekisho raises on purpose."""

    exit_code = ExitCode.INTERNAL


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with an input, precise enough to be mended without asking.

    file: path as the user wrote it. place: sheet and cell, line, or key ("" if the file as a whole).
    value: what stands there. expected: what would be right, in the reader's language.
    """

    file: str
    place: str
    value: str
    expected: str

    def __str__(self) -> str:
        """One line: file, place, value, expectation."""
        where = f"{self.file} [{self.place}]" if self.place else self.file
        return f"{where}: {self.value!r} — {self.expected}" if self.value else f"{where}: {self.expected}"


class InputError(SekishoError):
    """The input is wrong; carries every problem at once."""

    exit_code = ExitCode.BAD_INPUT

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        """Take all problems of one pass; an empty tuple is a programming error."""
        if not problems:
            msg = "InputError needs at least one problem"
            raise ValueError(msg)
        super().__init__("\n".join(str(p) for p in problems))
        self.problems = problems


class UsageError(SekishoError):
    """A command was called with arguments that make no sense."""

    exit_code = ExitCode.BAD_INPUT


class ScopeError(SekishoError):
    """Scope or consent forbids the run; raised before the first packet."""

    exit_code = ExitCode.REFUSED


class IntegrityError(SekishoError):
    """A chain, a piece of evidence or a signature does not match."""

    exit_code = ExitCode.INTEGRITY


class ProbeError(SekishoError):
    """A scanner met its own limit, not the device's (counts as tool_error)."""


class ParseError(SekishoError):
    """Bytes are not what the parser reads; the text says got and expected."""


class ProfileError(SekishoError):
    """A shipped or site-owned profile contradicts itself or names what does not exist."""

    exit_code = ExitCode.BAD_INPUT


class StoreError(SekishoError):
    """The engagement folder can't be written (disk full, permissions)."""
