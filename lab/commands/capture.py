"""`lab capture`: saves a lab's packets, in the foreground or behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import IO, Annotated, Any

import typer

from lab.commands.frame import JsonOption, LangOption, Language, chosen_work, print_json, told_in
from lab.drivers.control import end_capture, handle_of, import_path
from lab.drivers.process import describe
from lab.errors import LabError
from lab.text import text
from lab.work import Work, write_json


def capture(
    work: Annotated[Path | None, typer.Argument(help=text("help.work"), show_default=False)] = None,
    *,
    seconds: Annotated[float, typer.Option("--seconds", min=0.0, help=text("help.seconds"))] = 60.0,
    out: Annotated[Path | None, typer.Option("--out", help=text("help.out"), show_default=False)] = None,
    segment: Annotated[str, typer.Option("--segment", help=text("help.segment"), show_default=False)] = "",
    background: Annotated[bool, typer.Option("--background", help=text("help.background"))] = False,
    stop: Annotated[bool, typer.Option("--stop", help=text("help.stop"))] = False,
    as_json: JsonOption = False,
    lang: LangOption = Language.JA,
) -> None:
    """Save the packets of a lab's network as pcap."""
    with told_in(lang):
        chosen = chosen_work(work)
        if stop:
            told = _stop(chosen)
            _tell(told, as_json=as_json, line=lambda entry: text("capture.stopped", lang, file=entry["file"]))
            return
        file = (out or chosen.root / "capture.pcap").resolve()
        handle_of(chosen)
        if background:
            told = [_start_behind(chosen, file, segment)]
            _tell(told, as_json=as_json, line=lambda entry: text("capture.started", lang, **entry))
        else:
            told = [_run(chosen, file, seconds, segment)]
            _tell(told, as_json=as_json, line=lambda entry: text("capture.done", lang, **entry))


def _tell(entries: list[dict[str, Any]], *, as_json: bool, line: Callable[[dict[str, Any]], str]) -> None:
    """Print what was done."""
    if as_json:
        print_json(entries)
    else:
        for entry in entries:
            typer.echo(line(entry))


def _launch(
    work: Work, file: Path, seconds: float, segment: str, log: IO[bytes] | None
) -> tuple[subprocess.Popen[bytes], IO[bytes]]:
    """Start the listening process; gives it and what it reports, and returns once it listens.

    A process of its own, because a process that enters a namespace can't leave it again.
    Raises: LabError with its reason when it can't listen.
    """
    reading, writing = os.pipe()
    given = [str(work.root), str(file), str(seconds), str(writing), segment]
    command = [sys.executable, "-P", "-m", "lab.drivers.capture", *given]
    try:
        process = subprocess.Popen(  # noqa: S603 - our own module under our own interpreter
            command,
            pass_fds=(writing,),
            env={**os.environ, "PYTHONPATH": import_path()},
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    finally:
        os.close(writing)
    report = os.fdopen(reading, "rb")
    first = json.loads(report.readline() or b'{"key": "capture.refused", "values": {"reason": "-"}}')
    if "key" in first:
        report.close()
        process.wait()
        raise LabError(first["key"], **first["values"])
    return process, report


def _run(work: Work, file: Path, seconds: float, segment: str) -> dict[str, Any]:
    """Capture for a time, or until Ctrl-C."""
    process, report = _launch(work, file, seconds, segment, None)
    with report, _passing_on_interrupts(process):
        last = json.loads(report.readline() or b'{"packets": 0, "lost": 0}')
        process.wait()
    return {"file": str(file), "packets": last["packets"], "lost": last["lost"]}


@contextmanager
def _passing_on_interrupts(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """End the capture in good order when the user interrupts us."""
    before = signal.signal(signal.SIGINT, lambda _number, _frame: process.terminate())
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _start_behind(work: Work, file: Path, segment: str) -> dict[str, Any]:
    """Capture in the background until `--stop` or `lab down`."""
    work.captures.mkdir(parents=True, exist_ok=True)
    with (work.private / "capture.log").open("ab") as log:
        process, report = _launch(work, file, 0, segment, log)
    report.close()
    record = {"process": asdict(describe(process.pid)), "file": str(file)}
    write_json(work.captures / f"{process.pid}.json", record)
    return {"file": str(file), "pid": process.pid}


def _stop(work: Work) -> list[dict[str, Any]]:
    """End all captures of this lab.

    Raises: LabError when none runs.
    """
    records = sorted(work.captures.glob("*.json"))
    if not records:
        raise LabError("capture.none")
    stopped = []
    for record in records:
        file = json.loads(record.read_text(encoding="utf-8"))["file"]
        end_capture(record)
        stopped.append({"file": file})
    return stopped
