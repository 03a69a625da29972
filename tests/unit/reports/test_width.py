import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.width import shorten, width


@pytest.mark.parametrize(("text", "units"), [("abc", 3), ("関所", 4), ("ｶﾞ", 2), ("×", 2), ("e\u0301", 1), ("", 0)])
def test_full_width_counts_double(text: str, units: int) -> None:
    assert width(text) == units


@given(st.text(), st.integers(2, 40))
def test_shortened_text_fits(text: str, units: int) -> None:
    assert width(shorten(text, units)) <= units
