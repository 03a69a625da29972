"""`make new-scanner NAME=dicom`: writes probe, parser, their tests and the place for golden captures."""

from __future__ import annotations

import keyword
import re
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent

_PACKAGE: Final = '"""Scanner `{name}`: TODO what it learns."""\n'
_PROBE: Final = '''"""TODO: which question this scanner answers.

Sends: TODO exact packets and how many; a network owner reads this.
Source: TODO specification, section.
Limits: TODO what it cannot see.
"""

from __future__ import annotations

from typing import Final

from scanners.{module}.parse import read
from sekisho.gate.wire import Job, Wire
from sekisho.model.facts import Greeting
from sekisho.model.services import ServiceView
from sekisho.model.tiers import Tier
from sekisho.registry import Scanner, Stage

PORTS: Final = frozenset[int]()  # TODO: where this protocol is expected, with its source


def applies(view: ServiceView) -> bool:
    """Tell whether there is something to ask a service."""
    return view.transport == "tcp" and view.tier >= Tier.T2 and view.port in PORTS


async def run(job: Job, wire: Wire) -> None:
    """Ask one service; everything learned is in the transcript."""
    stream = await wire.connect(job.target)
    try:
        await stream.receive()
    finally:
        await stream.close()


SCANNER = Scanner(
    id="{name}",
    version=1,
    stage=Stage.EXAMINE,
    tier=Tier.T2,
    max_connections=1,
    max_packets=8,
    yields=(Greeting,),
    run=run,
    read=read,
    applies=applies,
)
'''
_PARSE: Final = '''"""Reads what a `{name}` service sends: bytes → value, and its transcript → facts; pure and total."""

from __future__ import annotations

from typing import Final

from scanners.ports.parse import connect_outcome
from sekisho.errors import ParseError
from sekisho.model.attempts import Outcome
from sekisho.model.facts import Greeting
from sekisho.model.observations import Reading
from sekisho.model.transcript import Transcript

_SHOWN: Final = 100


def parse(raw: bytes) -> Greeting:
    """Read the bytes of one answer. Raises: ParseError with got and expected."""
    if not raw:
        raise ParseError("got nothing, expected TODO")
    return Greeting("unknown", raw[:_SHOWN].decode("latin-1"), len(raw))


def read(transcript: Transcript) -> Reading:
    """Read the transcript: what was not seen is never a fact."""
    outcome = connect_outcome(transcript)
    if outcome is not Outcome.OK:
        return Reading(outcome)
    try:
        return Reading(Outcome.OK, ((transcript.subject, parse(transcript.received())),))
    except ParseError as error:
        return Reading(Outcome.PROTOCOL_ERROR, (), str(error))
'''
_TEST: Final = """import contextlib

from hypothesis import given
from hypothesis import strategies as st

from scanners.{module}.parse import parse
from sekisho.errors import ParseError


@given(st.binary(max_size=4096))
def test_parse_is_total(raw: bytes) -> None:
    with contextlib.suppress(ParseError):
        parse(raw)


def test_reads_a_real_capture() -> None:
    raise NotImplementedError
"""
_GOLDEN: Final = (
    "NAME.raw (transcript), NAME.json, NAME.meta.toml (device, firmware, origin, date, consent, anonymised).\n"
)


def main(arguments: list[str]) -> int:
    """Write the files; refuse a bad name or one that exists."""
    if len(arguments) != 1 or not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", arguments[0]):
        print("make new-scanner NAME=lower-case-name   (for example NAME=dicom)")
        return 2
    (name,) = arguments
    if keyword.iskeyword(name):
        print(f"{name} is a word of Python's own")
        return 2
    values = {"name": name, "module": name.replace("-", "_")}
    folder = ROOT / "scanners" / values["module"]
    tests = ROOT / "tests" / "unit" / "scanners" / values["module"]
    golden = ROOT / "tests" / "golden" / values["module"]
    if there := [p for p in (folder, tests, golden) if p.exists()]:
        print(f"{there[0].relative_to(ROOT)} exists")
        return 2
    files = {
        folder / "__init__.py": _PACKAGE,
        folder / "probe.py": _PROBE,
        folder / "parse.py": _PARSE,
        tests / "__init__.py": "",
        tests / "test_parse.py": _TEST,
        golden / "README.md": _GOLDEN,
        ROOT / "changelog.d" / f"scanner-{name}.added.md": "TODO: what is seen now, for the hospital.\n",
    }
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace("{name}", name).replace("{module}", values["module"]), "utf-8")
    print("written:", ", ".join(str(p.relative_to(ROOT)) for p in files))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
