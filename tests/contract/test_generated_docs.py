"""Generated documents are up to date and come out the same everywhere."""

from __future__ import annotations

import pytest

from tests.contract.sources import name_of
from tools import generate_docs


def test_generated_documents_are_up_to_date() -> None:
    stale = [name_of(p) for p in generate_docs.out_of_date(generate_docs.everything())]
    assert stale == [], "run python -m tools.generate_docs"


def test_help_does_not_depend_on_terminal_or_locale(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = generate_docs._help("doctor")
    for name, value in (
        ("COLUMNS", "40"), ("FORCE_COLOR", "1"), ("GITHUB_ACTIONS", "true"), ("LC_ALL", "C"), ("SEKISHO_LANG", "en"),
        ("TERM", "xterm-256color"), ("PYTHONIOENCODING", "ascii"), ("HOME", "/nonexistent"),
    ):  # fmt: skip
        monkeypatch.setenv(name, value)
    assert generate_docs._help("doctor") == plain
    assert "\x1b" not in plain


def test_a_changed_missing_or_surplus_page_is_found() -> None:
    pages = generate_docs.coverage_page() | generate_docs.check_pages()
    changed = dict(pages)
    gone = changed.popitem()[0]
    altered = next(iter(changed))
    changed[altered] += "x"
    absent = generate_docs.DOCS / "absent.md"
    assert set(generate_docs.out_of_date({**changed, absent: ""})) >= {gone, altered, absent}
