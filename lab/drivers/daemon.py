"""The process that lives in the namespace and serves all hosts of one lab, until it gets a signal.

Started as `python -P -m lab.drivers.daemon WORK NAME DRIVER REPORT_FD`; it says on REPORT_FD, in one line of JSON,
whether the lab is ready, so that nobody has to guess or wait.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import sys
import traceback
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from lab.drivers.choice import driver_named
from lab.drivers.driver import Driver, Stage, Stand
from lab.drivers.namespace import NAMED_FOLDER, Handle, links_folder, make, remove
from lab.drivers.process import current_process
from lab.drivers.serving import schedule_vanishing
from lab.errors import LabError
from lab.scenario.load import load_scenario
from lab.scenario.model import Scenario
from lab.work import DaemonRecord, Work, write_json


class Reporter:
    """Tells `lab up`, and later `lab status`, how far we have come."""

    def __init__(self, work: Work, descriptor: int) -> None:
        """Keep where to tell it."""
        self._work = work
        self._descriptor: int | None = descriptor

    def tell(self, state: str, **details: object) -> None:
        """Write the status file, then the one line that `lab up` waits for."""
        status = {"state": state, "at": datetime.now(UTC).isoformat(timespec="seconds"), **details}
        write_json(self._work.status_file, status)
        if self._descriptor is not None:
            os.write(self._descriptor, json.dumps(status).encode() + b"\n")
            os.close(self._descriptor)
            self._descriptor = None


def detach(log: Path) -> None:
    """Leave the caller: no terminal, no parent that would have to wait for us, output into the log."""
    if os.fork():
        os._exit(0)
    os.setsid()
    target = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(target, 1)
    os.dup2(target, 2)


def note_down(work: Work, scenario: Scenario, name: str, driver: Driver) -> None:
    """Record what is about to be made, before it is: a crash in between must leave nothing that nobody knows."""
    user = os.geteuid()
    record = DaemonRecord(
        scenario=scenario.id,
        driver=driver.name,
        process=current_process(),
        netns=name,
        # As root both are possible: a container's root may not be allowed to mount.
        mount=str(NAMED_FOLDER / name) if user == 0 else None,
        links=str(links_folder(user) / name),
    )
    work.write_record(record)


async def serve_until_ended(scenario: Scenario, stand: Stand, reporter: Reporter) -> None:
    """Serve everything, say so, and stay until SIGTERM or SIGINT."""
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    running, served = await stand.serve()
    schedule_vanishing(scenario, stand)
    reporter.tell("ready", services=[asdict(service) for service in served])
    await ended.wait()
    for service in running:
        service.close()


def main(folder: str, name: str, driver_name: str, descriptor: str) -> int:
    """Serve the lab in `folder` under the namespace `name`."""
    work = Work(Path(folder))
    detach(work.log)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    reporter = Reporter(work, int(descriptor))
    handle: Handle | None = None
    driver = driver_named(driver_name)
    try:
        scenario = load_scenario(work.root, today=datetime.now(UTC).date())
        note_down(work, scenario, name, driver)
        handle = make(name)
        stand = driver.build(Stage(scenario, work, name))
        asyncio.run(serve_until_ended(scenario, stand, reporter))
    except LabError as refused:
        reporter.tell("failed", key=refused.key, values={key: str(value) for key, value in refused.values.items()})
        return 2
    except Exception as broken:  # noqa: BLE001 - the one place: whoever waits for us must hear of it
        traceback.print_exc()
        reporter.tell("failed", key="daemon.broken", values={"reason": repr(broken), "log": str(work.log)})
        return 6
    finally:
        if handle is not None:
            remove(handle)
        driver.clear(name)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:5]))
