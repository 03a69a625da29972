"""The private segment, made once for all tests of the gate."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.unit.gate.segment import Segment, make_segment, why_not


@pytest.fixture(scope="session")
def segment() -> Iterator[Segment]:
    """Give the segment, or skip with the reason why there is none."""
    if reason := why_not():
        pytest.skip(reason)
    with make_segment() as made:
        yield made
