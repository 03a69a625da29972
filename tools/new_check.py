"""`make new-check ID=area.question-in-kebab`: writes the check, its test, its messages and its changelog line."""

from __future__ import annotations

import keyword
import re
import sys
from pathlib import Path
from typing import Final

from sekisho.model.topics import TOPICS

ROOT: Final = Path(__file__).resolve().parent.parent

_CHECK: Final = '''"""TODO: one question that "yes" answers with good.

Pass: TODO.
Fail: TODO.
Unknown: TODO.
Source: TODO document, section, edition, date read.
Limits: TODO what it cannot see.
"""

from __future__ import annotations

from collections.abc import Sequence

from checks.folding import evidence_of
from sekisho.model.facts import PortSeen
from sekisho.model.observations import Observation
from sekisho.model.verdicts import Actor, Judgement, Severity, Verdict
from sekisho.registry import NoParams, check


@check(
    id="{id}",
    version=1,
    topic="{topic}",  # TODO: one of docs/topics.md
    observes=PortSeen,  # TODO: one of sekisho/model/facts.py
    severity=Severity.MEDIUM,
    act=Actor.HOSPITAL,
    params=NoParams,
    experimental=True,
)
def {function}(seen: Sequence[Observation[PortSeen]], _: NoParams) -> Verdict:
    """Judge all observations of one subject."""
    return Verdict(Judgement.UNKNOWN, "todo", evidence_of(seen))
'''
_TEST: Final = """from checks.{module} import {function}


def test_fails_on_the_bad_device() -> None:
    raise NotImplementedError({function}.id)


def test_passes_on_the_good_device() -> None:
    raise NotImplementedError({function}.id)


def test_is_unknown_on_the_silent_device() -> None:
    raise NotImplementedError({function}.id)
"""
_MESSAGES: Final = '\n[{id}]\ntitle = "TODO"\nremediation = "TODO"\ntodo = "TODO"\n'


def main(arguments: list[str]) -> int:
    """Write the files; refuse a bad id or one that exists."""
    if len(arguments) != 1 or not re.fullmatch(r"[a-z][a-z0-9]*\.[a-z][a-z0-9]*(-[a-z0-9]+)*", arguments[0]):
        print("make new-check ID=area.question-in-kebab   (for example ID=tls.min-version)")
        return 2
    (name,) = arguments
    area, question = name.replace("-", "_").split(".")
    if keyword.iskeyword(area) or keyword.iskeyword(question):
        print(f"{name}: {question} is a word of Python's own")
        return 2
    values = {"id": name, "function": question, "module": f"{area}.{question}", "topic": _topic(area)}
    check = ROOT / "checks" / area / f"{question}.py"
    test = ROOT / "tests" / "unit" / "checks" / area / f"test_{question}.py"
    line = ROOT / "changelog.d" / f"{name}.verdict.md"
    if there := [p for p in (check, test, line) if p.exists()]:
        print(f"{there[0].relative_to(ROOT)} exists")
        return 2
    _package(check.parent, f'"""Checks: {area}."""\n')
    _package(test.parent, "")
    check.write_text(_CHECK.format(**values), "utf-8")
    test.write_text(_TEST.format(**values), "utf-8")
    for lang in ("ja", "en"):
        with (ROOT / "sekisho" / "messages" / lang / "checks.toml").open("a", encoding="utf-8") as table:
            table.write(_MESSAGES.format(**values))
    line.write_text("TODO: what is judged now, for the hospital.\n", "utf-8")
    print(f"written: {check.relative_to(ROOT)}, {test.relative_to(ROOT)}, messages ja and en, changelog line")
    print(f'next: name it in profiles/checklists/<checklist>.toml ([[item.check]] id = "{name}") and drop experimental')
    return 0


def _topic(area: str) -> str:
    """Give a topic of the closed list to begin with: one of the same area if there is one."""
    return next((t for t in sorted(TOPICS) if t.startswith(f"{area}.")), min(TOPICS))


def _package(folder: Path, text: str) -> None:
    """Make a folder a package unless it is one."""
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "__init__.py").exists():
        (folder / "__init__.py").write_text(text, "utf-8")


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
