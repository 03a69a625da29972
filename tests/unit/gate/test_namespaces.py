"""Where a vantage's sockets are made, and what is said when that place is missing."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from sekisho.errors import UsageError
from sekisho.gate.namespaces import Namespace, PlaceGone, resolve
from tests.unit.gate.segment import OURS_V4, Segment


def test_local_is_where_we_are() -> None:
    assert resolve("local") == Namespace()
    with Namespace().socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
        assert made.getblocking() is False


def test_a_missing_namespace_is_named() -> None:
    with pytest.raises(UsageError, match="netns:no-such-place-anywhere"):
        resolve("netns:no-such-place-anywhere")


@pytest.mark.lab
@pytest.mark.privileged
def test_we_come_home_whatever_happens_inside(segment: Segment) -> None:
    home = Path("/proc/thread-self/ns/net").stat().st_ino
    seen: list[int] = []

    def look_and_fail() -> None:
        with segment.namespace.entered():
            seen.append(Path("/proc/thread-self/ns/net").stat().st_ino)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        look_and_fail()
    assert seen != [home]
    assert Path("/proc/thread-self/ns/net").stat().st_ino == home


@pytest.mark.lab
@pytest.mark.privileged
def test_no_descriptor_is_left_open(segment: Segment) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(20):
        with segment.namespace.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
            made.bind((str(OURS_V4), 0))
    assert len(list(Path("/proc/self/fd").iterdir())) == before


@pytest.mark.lab
@pytest.mark.privileged
def test_a_namespace_that_vanished_leaves_us_at_home(tmp_path: Path) -> None:
    home = Path("/proc/thread-self/ns/net").stat().st_ino
    with pytest.raises(PlaceGone), Namespace(tmp_path / "gone").entered():
        pass
    assert Path("/proc/thread-self/ns/net").stat().st_ino == home
