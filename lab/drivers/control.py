"""Starts, finds and ends the process of a lab, whichever driver it was brought up with."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lab
from lab.drivers.choice import driver_named
from lab.drivers.namespace import Handle, remove
from lab.drivers.process import end, is_alive
from lab.errors import LabError
from lab.scenario.model import Scenario
from lab.work import Process, Work

NAME_HASH_DIGITS = 8


@dataclass(frozen=True, slots=True)
class Ended:
    """What `down` found and did."""

    was_running: bool
    captures_ended: int


def namespace_name(scenario: Scenario, work: Work) -> str:
    """Name the namespace after scenario and folder, so that several labs can run side by side."""
    digest = hashlib.sha256(os.fsencode(work.root.resolve())).hexdigest()
    return f"lab-{scenario.id}-{digest[:NAME_HASH_DIGITS]}"


def start(work: Work, name: str, driver: str) -> dict[str, Any]:
    """Start the daemon and wait for its word; gives its status.

    Raises: LabError with the daemon's reason when it could not bring the lab up.
    """
    work.private.mkdir(parents=True, exist_ok=True)
    reading, writing = os.pipe()
    # -P and an explicit path: the folder that we are called from must not be searched for modules.
    command = [sys.executable, "-P", "-m", "lab.drivers.daemon", str(work.root), name, driver, str(writing)]
    environment = {**os.environ, "PYTHONPATH": import_path()}
    with os.fdopen(reading, "rb") as report:
        try:
            launched = subprocess.Popen(  # noqa: S603 - our own module under our own interpreter
                command, pass_fds=(writing,), env=environment, stdin=subprocess.DEVNULL
            )
        finally:
            os.close(writing)
        line = report.readline()
        launched.wait()
    status: dict[str, Any] = json.loads(line) if line else {"state": "failed"}
    if status["state"] != "ready":
        stop(work)
        values = status.get("values", {"reason": "-", "log": str(work.log)})
        raise LabError(status.get("key", "daemon.broken"), **values)
    return status


def stop(work: Work) -> Ended:
    """End what we started for this folder and remove what it left; may be called at any time, and again."""
    captures = [end_capture(file) for file in sorted(work.captures.glob("*.json"))]
    record = work.record()
    was_running = False
    if record is not None:
        was_running = end(record.process)
        remove(
            Handle(
                record.netns,
                mount=Path(record.mount) if record.mount else None,
                links=Path(record.links) if record.links else None,
            )
        )
        driver_named(record.driver).clear(record.netns)
        # Last: what could not be removed now can be removed by the next call.
        work.record_file.unlink(missing_ok=True)
    return Ended(was_running, sum(captures))


def make_room(work: Work) -> None:
    """Clear away what an earlier lab in this folder left behind, so that the next one can start there.

    Raises: LabError when that lab still runs.
    """
    if is_running(work):
        raise LabError("work.running", folder=str(work.root))
    stop(work)
    shutil.rmtree(work.private)


def is_running(work: Work) -> bool:
    """Tell whether the lab of this folder is served."""
    record = work.record()
    return record is not None and is_alive(record.process)


def handle_of(work: Work) -> Handle:
    """Give the namespace of a running lab.

    Raises: LabError when it doesn't run.
    """
    record = work.record()
    if record is None or not is_alive(record.process):
        raise LabError("work.not_running", folder=str(work.root))
    mount, links = Path(record.mount or "/"), Path(record.links or "/")
    is_named = record.mount is not None and os.path.ismount(mount)
    return Handle(record.netns, mount=mount if is_named else None, links=None if is_named else links)


def end_capture(file: Path) -> bool:
    """End a capture that runs in the background."""
    with contextlib.suppress(ValueError, TypeError, KeyError):
        recorded = json.loads(file.read_text(encoding="utf-8"))["process"]
        was_running = end(Process(**recorded))
        file.unlink(missing_ok=True)
        return was_running
    return False


def import_path() -> str:
    """Give the module path of the daemon: where this very package lies, then whatever was set."""
    own = str(Path(lab.__file__).parent.parent)
    return os.pathsep.join([own, *filter(None, [os.environ.get("PYTHONPATH")])])
