"""Only the very process that was recorded is ended."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace

import pytest

from lab.drivers.process import describe, end, is_alive

# Says when its handlers stand; one version leaves at SIGTERM, the other stays.
LISTENER = "import signal, sys; {setup}; print('ready', flush=True); signal.pause(); signal.pause()"


@pytest.fixture(params=["pass", "signal.signal(signal.SIGTERM, signal.SIG_IGN)"], ids=["kind", "stubborn"])
def child(request: pytest.FixtureRequest) -> Iterator[subprocess.Popen[bytes]]:
    """A process that waits."""
    command = [sys.executable, "-c", LISTENER.format(setup=request.param)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield process
        process.kill()


def test_a_recorded_process_is_ended(child: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lab.drivers.process.PATIENCE_MS", 50)
    recorded = describe(child.pid)
    assert is_alive(recorded)
    assert end(recorded)
    child.wait()
    assert not is_alive(recorded)
    assert not end(recorded)


def test_a_stranger_with_the_same_number_is_left_alone(child: subprocess.Popen[bytes]) -> None:
    recorded = describe(child.pid)
    stranger = replace(recorded, start_ticks=recorded.start_ticks - 1)
    assert not is_alive(stranger)
    assert not end(stranger)
    assert child.poll() is None


def test_a_zombie_counts_as_gone() -> None:
    with subprocess.Popen(["true"]) as process:
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        with pytest.raises(ProcessLookupError):
            describe(process.pid)
