import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.width import shorten, width, wrap


@pytest.mark.parametrize(("text", "units"), [("abc", 3), ("関所", 4), ("ｶﾞ", 2), ("×", 2), ("e\u0301", 1), ("", 0)])
def test_full_width_counts_double(text: str, units: int) -> None:
    assert width(text) == units


@given(st.text(), st.integers(2, 40))
def test_shortened_text_fits(text: str, units: int) -> None:
    assert width(shorten(text, units)) <= units


@given(st.text(st.characters(categories=["L", "N"])), st.integers(2, 20), st.integers(1, 4))
def test_wrapped_lines_fit(text: str, units: int, lines: int) -> None:
    found = wrap(text, units, lines)
    assert len(found) <= lines
    assert all(width(line) <= units for line in found)


def test_wrap_breaks_at_a_space_where_one_is_near() -> None:
    assert wrap("Fortinet FortiGate 60E", 12, 3) == ("Fortinet", "FortiGate", "60E")
