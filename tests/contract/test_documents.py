"""What a newcomer reads and runs is complete: README, CONTRIBUTING, ADRs, Makefile, locks, licence, changelog."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from tests.contract.sources import ROOT, name_of
from tools.no_secrets import faults

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
ADRS = sorted((ROOT / "docs" / "adr").glob("*.md"))
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md")), *sorted((ROOT / "lab").rglob("*.md"))]
LOCKS = sorted(ROOT.glob("requirements*.lock"))
GOALS = {
    "setup", "demo", "test", "check", "proof", "lock", "fmt", "lint", "type", "contracts", "docs", "wheel", "golden",
    "new-check", "new-scanner", "doctor", "lab-setup", "lab-test", "lab-mutate", "faketime", "clean",
}  # fmt: skip


def code_of(page: str) -> list[str]:
    """Give the commands of a page's shell blocks, without comments."""
    blocks = re.findall(r"^```sh\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    lines = [re.sub(r"\s+#.*$|^#.*$", "", line).rstrip() for block in blocks for line in block.splitlines()]
    return [line for line in lines if line]


def tables_of(page: str) -> list[tuple[int, int]]:
    """Give rows and columns of every table of a page."""
    blocks = re.findall(r"(?:^\|.*\n)+", page, re.MULTILINE)
    return [(len(b.splitlines()), b.splitlines()[0].count("|") - 1) for b in blocks]


def links_of(page: str) -> list[str]:
    """Give the relative links of a page, outside its code blocks."""
    prose = re.sub(r"^```.*?^```", "", page, flags=re.MULTILINE | re.DOTALL)
    found = re.findall(r"\]\(([^)\s]+)\)", prose)
    return [link.split("#")[0] for link in found if not re.match(r"[a-z]+:|#", link)]


@pytest.mark.parametrize("adr", ADRS, ids=name_of)
def test_an_adr_is_short_dated_and_decided(adr: Path) -> None:
    lines = adr.read_text("utf-8").splitlines()
    assert len(lines) <= 60
    assert lines[0].startswith(f"# {adr.name[:4]} ")
    assert re.match(r"Date: \d{4}-\d{2}-\d{2} · Status: (accepted|superseded by \d{4}|rejected)$", lines[1])
    assert any(line.startswith("**Decision.**") for line in lines)


def test_adrs_are_numbered_without_a_gap() -> None:
    assert [int(a.name[:4]) for a in ADRS] == list(range(1, len(ADRS) + 1))


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    broken = [link for link in links_of(page.read_text("utf-8")) if not (page.parent / link).exists()]
    assert broken == []


def test_both_readmes_give_the_same_commands_tables_and_links() -> None:
    en, ja = ((ROOT / name).read_text("utf-8") for name in ("README.md", "README.ja.md"))
    assert code_of(en) == code_of(ja)
    assert tables_of(en) == tables_of(ja)
    assert set(links_of(en)) - {"README.ja.md"} == set(links_of(ja)) - {"README.md"}


def test_the_readme_names_every_exit_code() -> None:
    table = re.findall(r"^\| (\d+) \|", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE)
    assert table == ["0", "1", "2", "3", "4", "5", "6", "130"]


def test_the_makefile_has_every_goal_that_documents_name() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    goals = set(re.findall(r"^([a-z][a-z-]*):", makefile, re.MULTILINE))
    named = {g for p in PAGES for g in re.findall(r"`make ([a-z][a-z-]*)", p.read_text("utf-8"))}
    assert GOALS | named <= goals
    phony = re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    assert phony
    assert set(phony[1].split()) >= goals


@pytest.mark.parametrize("lock", LOCKS, ids=name_of)
def test_every_locked_requirement_has_a_version_and_a_hash(lock: Path) -> None:
    joined = lock.read_text("utf-8").replace("\\\n", " ")
    lines = [line for line in joined.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    assert lines
    assert [x for x in lines if not re.match(r"[a-z0-9._-]+(\[[^]]+\])?==\S+ .*--hash=sha256:[0-9a-f]{64}", x)] == []
    assert faults(lock.name, lock.read_bytes()) == []


def test_locks_hold_every_direct_dependency() -> None:
    lab = tomllib.loads((ROOT / "lab" / "pyproject.toml").read_text("utf-8"))["project"]["dependencies"]
    main, dev = PROJECT["project"]["dependencies"], PROJECT["dependency-groups"]["dev"]
    for name, wanted in (("requirements.lock", main), ("requirements-dev.lock", [*main, *lab, *dev])):
        locked = set(re.findall(r"^([a-z0-9._-]+)==", (ROOT / name).read_text("utf-8"), re.MULTILINE))
        assert {re.split(r"[<>=\[; ]", w)[0].lower() for w in wanted} <= locked


@pytest.mark.parametrize("name", ["pyproject.toml", "lab/pyproject.toml"])
def test_every_dependency_says_why_it_is_there(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    blocks = re.findall(r"^(?:dependencies|dev) = \[\n(.*?)^\]", text, re.MULTILINE | re.DOTALL)
    rows = [row for block in blocks for row in block.splitlines() if row.strip()]
    assert rows
    assert [row for row in rows if not re.match(r'\s+"[^"]+",\s+# \S', row)] == []


def test_changelog_fragments_have_a_known_type_and_say_something() -> None:
    kinds = {t["directory"] for t in PROJECT["tool"]["towncrier"]["type"]}
    fragments = [p for p in (ROOT / "changelog.d").iterdir() if p.name != ".gitkeep"]
    assert fragments
    assert [p.name for p in fragments if not re.fullmatch(rf"[^.].*\.({'|'.join(kinds)})\.md", p.name)] == []
    assert [p.name for p in fragments if len(p.read_text("utf-8").strip()) < 20 or "TODO" in p.read_text("utf-8")] == []


def test_licence_and_policies_are_there() -> None:
    assert (ROOT / "LICENSE").read_text("utf-8").startswith("MIT License")
    for name in ("README.md", "README.ja.md", "CONTRIBUTING.md", "SECURITY.md", "THREAT_MODEL.md", ".ci/run"):
        assert (ROOT / name).stat().st_size > 0


def test_a_private_key_or_an_index_address_is_refused() -> None:
    body = b"MIIEvQIBADANBgkqhkiG9w0BAQEFAASC"
    assert faults("note.txt", b"-----BEGIN PRIVATE " + b"KEY-----\n" + body) == ["private key"]
    assert faults("note.txt", b"-----BEGIN OPENSSH PRIVATE " + b"KEY-----\n" + body) == ["private key"]
    assert faults("note.txt", b"-----BEGIN CERTIFICATE-----\n" + body) == []
    assert faults("requirements.lock", b"--index-url x\n") == faults("a.lock", b"x @ https://example.jp/x.whl")
    assert faults("README.md", b"https://example.jp/") == []
