"""Shows a long output page by page."""

from __future__ import annotations

ONE_MORE_LINE = frozenset({0x0D, 0x0A})
STOP = frozenset(b"qQ\x03")


class Pager:
    """The output that isn't shown yet."""

    def __init__(self, mark: str, page_lines: int) -> None:
        """Begin with nothing to show."""
        self._mark = mark
        self._page_lines = page_lines
        self._left: list[str] = []

    @property
    def is_done(self) -> bool:
        """Tell whether everything is shown, or nobody wants the rest."""
        return not self._left

    def start(self, text: str) -> str:
        """Give the first page."""
        self._left = text.splitlines(keepends=True)
        return self._page(self._page_lines)

    def key(self, key: int) -> str:
        """Take one key: another line, the end, or (any other) another page."""
        # The mark is wiped out, so that it doesn't stand in the middle of the output.
        wiped = "\r" + " " * len(self._mark) + "\r"
        if key in STOP:
            self._left = []
            return wiped
        return wiped + self._page(1 if key in ONE_MORE_LINE else self._page_lines)

    def _page(self, lines: int) -> str:
        """Give the next lines, and the mark when there are more."""
        shown, self._left = self._left[:lines], self._left[lines:]
        return "".join(shown) + (self._mark if self._left else "")
