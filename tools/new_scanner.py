"""`make new-scanner NAME=dicom`: writes probe, parser, their tests and the place for golden captures."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent

_PACKAGE: Final = '"""Scanner `{name}`: TODO what it learns."""\n'
_PROBE: Final = '''"""Scanner `{name}`: TODO.

Sends: TODO exact packets and how many; a network owner reads this.
Source: TODO specification, section.
Limits: TODO what it cannot see.
"""

from __future__ import annotations

from sekisho.gate.wire import Job, Wire
from sekisho.model.attempts import Outcome
from sekisho.model.facts import Greeting
from sekisho.model.observations import Reading
from sekisho.model.services import ServiceView
from sekisho.model.tiers import Tier
from sekisho.model.transcript import Transcript
from sekisho.registry import Scanner, Stage
from scanners.{module}.parse import parse


async def run(job: Job, wire: Wire) -> None:
    """Ask one service; everything learned is in the transcript."""
    stream = await wire.connect(job.target)
    await stream.receive()
    await stream.close()


def read(transcript: Transcript) -> Reading:
    """Read the transcript: pure and total."""
    value = parse(transcript.received())
    return Reading(Outcome.OK, ((transcript.subject, value),))


def applies(view: ServiceView) -> bool:
    """Say for which services this scanner has something to ask."""
    return False


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
_PARSE: Final = '''"""Reads what a `{name}` service sends: bytes → value, total, pure."""

from __future__ import annotations

from sekisho.model.facts import Greeting


def parse(raw: bytes) -> Greeting:
    """Read the bytes of one answer. Raises: ParseError with got and expected."""
    return Greeting("unknown", raw[:100].decode("latin-1"), len(raw))
'''
_TEST: Final = """from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from scanners.{module}.parse import parse
from sekisho.errors import ParseError


@given(st.binary(max_size=4096))
def test_parse_is_total(raw: bytes) -> None:
    try:
        parse(raw)
    except ParseError:
        pass


def test_reads_a_real_capture() -> None:
    raise NotImplementedError
"""


def main(arguments: list[str]) -> int:
    """Write the files; refuse a bad name or one that exists."""
    if len(arguments) != 1 or not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", arguments[0]):
        print("make new-scanner NAME=lower-case-name   (for example NAME=dicom)")
        return 2
    (name,) = arguments
    values = {"name": name, "module": name.replace("-", "_")}
    folder = ROOT / "scanners" / values["module"]
    tests = ROOT / "tests" / "unit" / "scanners" / values["module"]
    golden = ROOT / "tests" / "golden" / values["module"]
    if folder.exists():
        print(f"{folder.relative_to(ROOT)} exists")
        return 2
    files = {
        folder / "__init__.py": _PACKAGE,
        folder / "probe.py": _PROBE,
        folder / "parse.py": _PARSE,
        tests / "__init__.py": "",
        tests / "test_parse.py": _TEST,
        golden
        / "README.md": "NAME.raw, NAME.json, NAME.meta.toml (device, firmware, date, consent, anonymised how).\n",
        ROOT / "changelog.d" / f"scanner-{name}.added.md": "TODO: what is seen now, for the hospital.\n",
    }
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace("{name}", name).replace("{module}", values["module"]), "utf-8")
    print("written:", ", ".join(str(p.relative_to(ROOT)) for p in files))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
