import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.inert import visible

ANY_TEXT = st.text(st.characters(codec=None))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x00b\x1b[31m\r\n", "a␀b␛[31m␍␊"),
        ("\x7f\x85", "␡[U+0085]"),
        ("a\u202egnp\u200b", "a[U+202E]gnp[U+200B]"),
        ("\ud800\uffff", "\ufffd\ufffd"),
        ("\U000e0041", "[U+E0041]"),
        ("関所 RTX830（㈱）", "関所 RTX830（㈱）"),
        ("", ""),
    ],
)
def test_visible_shows_what_cannot_be_seen(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(ANY_TEXT)
def test_nothing_invisible_is_left(text: str) -> None:
    shown = visible(text)
    assert not [c for c in shown if unicodedata.category(c) in {"Cc", "Cs"}]
    assert visible(shown) == shown
    shown.encode("utf-8")


@given(st.text(st.characters(categories=["L", "N", "P", "S", "Zs"])))
def test_printable_text_comes_back_unchanged(text: str) -> None:
    assert visible(text) == text
