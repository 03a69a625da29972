"""A small lab for the whole session, and one survey of it that tests read or copy."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest

from tests.integration.command import copy_of, replace_in, sekisho

SCENARIO = Path(__file__).resolve().parents[2] / "lab" / "scenarios" / "one-device"
HOSTILE = r"RTX810 router Rev.11.01.21 \u001b]0;owned\u0007\u001b[2J\u009b31m\u202e\r\n"
"""The router's banner with sequences that set a title, clear the screen, colour and turn text around."""
SILENT = """[[host.service]]
kind = "silent"
port = 2000

[[host]]
name = "srv\""""
"""A service of the router that never says anything: listening to it takes long enough to be interrupted."""
FAST_PACE = """
name = "test"
unknown_tier = "T3"
ceiling = "T3"
packets_per_s = 50000
segment_packets_per_s = 50000
host_packets_per_s = 5000
connections_per_s = 5000
open_per_host = 20
budget = [100, "none", "none"]
t1_ports = [22, 23, 443]
t2_ports = []
connect_timeout_s = 0.9
read_timeout_s = 0.6
"""


@pytest.fixture(scope="session", autouse=True)
def interruptible() -> None:
    """Let what is started here hear SIGINT, also where the tests run in the background of a script, deaf to it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@dataclass(frozen=True)
class Lab:
    """The scenario that is up. pristine: its engagement folder before any survey."""

    work: Path
    pristine: Path
    router = "198.51.100.1"
    server = "198.51.100.10"


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """Put the smallest scenario up, its router made hostile; skip with the reason where no namespace can be made."""
    base = tmp_path_factory.mktemp("lab")
    scenario = copy_of(SCENARIO, base / "scenario")
    replace_in(
        scenario / "scenario.toml",
        (r"RTX810 router Rev.11.01.21\r\n", HOSTILE),
        ('[[host]]\nname = "srv"', SILENT),
        ('ipv4 = "198.51.100.0/27"', 'ipv4 = "198.51.100.0/27"\nipv6 = "2001:db8:51::/64"'),
        ('ipv4 = "198.51.100.1",', 'ipv4 = "198.51.100.1", ipv6 = "2001:db8:51::1",'),
    )
    work = base / "work"
    up = sekisho("lab", "up", scenario, "--dir", work, "--json")
    if up.code == 2:
        pytest.skip(f"no lab on this machine: {up.err}")
    assert up.code == 0, up.err
    try:
        pristine = copy_of(work / "engagement", base / "pristine")
        (pristine / "pace.toml").write_text(FAST_PACE, "utf-8")
        yield Lab(work, pristine)
    finally:
        assert sekisho("lab", "down", work).code == 0


@pytest.fixture(scope="session")
def surveyed(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An engagement that was surveyed, closed and reported. Not to be changed: take a `copied`."""
    folder = copy_of(lab.pristine, tmp_path_factory.mktemp("surveyed") / "engagement")
    narrowed(folder, "198.51.100.0/28")
    done = sekisho("survey", folder, "--close")
    assert (done.code, done.out) == (0, ""), done.err
    assert sekisho("report", folder).code == 0
    return folder


@pytest.fixture
def copied(surveyed: Path, tmp_path: Path) -> Callable[[], Path]:
    """Copies of the surveyed engagement, to be tampered with."""
    numbers = count()
    return lambda: copy_of(surveyed, tmp_path / f"copy-{next(numbers)}")


@pytest.fixture
def router_only(lab: Lab, tmp_path: Path) -> Path:
    """A fresh engagement about the hostile router alone, three ports."""
    return narrowed(copy_of(lab.pristine, tmp_path / "engagement"), lab.router)


def narrowed(folder: Path, include: str, pace: str = "./pace.toml") -> Path:
    """Let an engagement ask little: these addresses, the ports of our own pace file."""
    replace_in(
        folder / "engagement.toml",
        ('include = ["198.51.100.0/28"]', f'include = ["{include}"]'),
        ('profile = "lab"', f'profile = "{pace}"'),
    )
    return folder


@pytest.fixture
def full_disk(router_only: Path, tmp_path: Path) -> Iterator[Path]:
    """The engagement on a disk of 256 KiB. Root only."""
    if os.geteuid() != 0:
        pytest.skip("needs root for a disk of its own size")
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", disk], check=False).returncode != 0:
        pytest.skip("tmpfs cannot be mounted here")
    try:
        shutil.copytree(router_only, disk / "engagement")
        yield disk
    finally:
        subprocess.run(["umount", disk], check=True)
