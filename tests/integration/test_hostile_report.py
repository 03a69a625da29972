"""What devices and registers plant does nothing in a report: the hostile scenario, surveyed and read as people do."""

from __future__ import annotations

import csv
import json
import re
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

import pytest
from defusedxml.ElementTree import fromstring
from openpyxl import load_workbook

from tests.integration.command import ACTING, Done, copy_of, replace_in, sekisho

SCENARIO = Path(__file__).resolve().parents[2] / "lab" / "scenarios" / "hostile"
ABOUT = ("192.0.2.10", "192.0.2.22", "192.0.2.23", "192.0.2.24", "192.0.2.30")
"""One that behaves, escapes and markup in every text, a line of a megabyte, a bomb, a rogue router's banner."""
ELEMENTS = frozenset(
    re.findall(
        r"\S+",
        """
    html head meta title style body header h1 h2 h3 h4 nav main section article footer div span p a ul ol li dl dt dd
    table caption thead tbody tfoot tr th td code pre strong em small details summary form label select option input
    button output br hr svg g text rect line path circle polyline polygon desc defs tspan marker script
    """,
    )
)
ATTRIBUTES = frozenset(
    re.findall(
        r"\S+",
        """
    lang charset name content http-equiv class id href for value type hidden open role scope colspan rowspan title
    selected placeholder disabled viewbox width height x y x1 y1 x2 y2 rx ry r cx cy d points transform fill stroke
    stroke-width stroke-dasharray text-anchor font-size font-weight font-family dominant-baseline xmlns xml:lang
    preserveaspectratio focusable autocomplete tabindex
    """,
    )
)
PLANTED = ("=HYPERLINK(", "@SUM(1+1)", "-2+3", "=1+1", "<svg onload=alert(1)>", "javascript", "<script>alert")
LONGEST_CELL = 32_767  # Excel's own limit


@dataclass(frozen=True)
class Run:
    """A surveyed and reported engagement, and what the commands said meanwhile."""

    folder: Path
    said: tuple[Done, ...]

    @property
    def out(self) -> Path:
        return self.folder / "out"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """Survey a part of the scenario in a namespace of its own; its registers are hostile all the same."""
    base = tmp_path_factory.mktemp("hostile")
    up = sekisho("lab", "up", SCENARIO, "--driver", "loopback", "--dir", base / "work")
    if up.code == 2:
        pytest.skip(f"no lab on this machine: {up.err}")
    assert up.code == 0, up.err
    try:
        folder = copy_of(base / "work" / "engagement", base / "engagement")
        listed = ", ".join(f'"{a}"' for a in ABOUT)
        replace_in(folder / "engagement.toml", ('include = ["192.0.2.0/26"]', f"include = [{listed}]"))
        secret = {"SEKISHO_SNMP_LAB": "sekisho-lab-ro"}
        commands = (
            ("intake", folder),
            ("intake", folder, "--json"),
            ("survey", folder, "--close", "--json"),
            ("report", folder, "--lang", "en", "--out", base / "en"),
            ("report", folder, "--lang", "ja"),
            ("assess", folder, "--json"),
            ("ledger", folder),
        )
        said = tuple(sekisho(*command, env=secret) for command in commands)
        assert [done.code for done in said] == [0] * len(said), [done.err for done in said]
        shutil.copytree(base / "en", folder / "out" / "en")
        yield Run(folder, said)
    finally:
        assert sekisho("lab", "down", base / "work").code == 0


@dataclass
class Seen:
    """What stands in a page."""

    elements: list[str] = field(default_factory=list)
    attributes: list[tuple[str, str, str]] = field(default_factory=list)
    code: list[str] = field(default_factory=list)


class Reader(HTMLParser):
    """Keeps every element and attribute, and what stands inside scripts and styles."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.seen, self._inside = Seen(), ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.elements.append(tag)
        self.seen.attributes += [(tag, name, value or "") for name, value in attrs]
        self._inside = tag

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside in {"script", "style"}:
            self.seen.code.append(data)


def faults(text: str) -> list[str]:
    """Name what a page holds that could act: elements and attributes beyond our own, links that lead out."""
    seen = Reader(text).seen
    found = [f"<{e}>" for e in seen.elements if e not in ELEMENTS]
    found += [
        f"{tag} {name}"
        for tag, name, _ in seen.attributes
        if name not in ATTRIBUTES and not name.startswith(("data-", "aria-"))
    ]
    found += [f"{tag} {name}={value}" for tag, name, value in seen.attributes if name == "href" and _leads_out(value)]
    found += [f"{n} scripts" for n in [seen.elements.count("script")] if n != 1]
    found += [f"script: {p}" for p in PLANTED if any(p in code for code in seen.code)]
    return found


def _leads_out(target: str) -> bool:
    return not re.fullmatch(r"#[^\s:]*|(\.\./)+evidence/[0-9a-f]{2}/[0-9a-f]{64}", target)


PAGES = ("survey.html", "en/survey.html")


@pytest.mark.parametrize("name", PAGES)
def test_the_page_holds_our_own_elements_alone_and_a_policy(run: Run, name: str) -> None:
    text = (run.out / name).read_bytes().decode("utf-8")  # strict: no invalid byte
    assert faults(text) == []
    assert not ACTING.search(text)
    assert "\ufffe" not in text
    assert all(word in text for word in ("=HYPERLINK(", "&lt;svg onload=alert(1)&gt;")), "what was planted is shown"
    policy = [v for tag, name, v in Reader(text).seen.attributes if tag == "meta" and name == "content"]
    assert any(p.startswith("default-src 'none'; ") and "unsafe" not in p for p in policy)
    assert max(map(len, text.splitlines())) < 100_000, "the line of a megabyte was cut"


def test_a_page_that_holds_what_was_planted_is_noticed() -> None:
    for text in PLANTED_MARKUP:
        assert faults(f"<script></script>{text}"), text


PLANTED_MARKUP = (
    '<img src=x onerror="document.body.dataset.ran=1">',
    '<svg onload="document.body.dataset.ran=1"></svg>',
    "<script>document.body.dataset.ran=1</script>",
    '<a href="javascript:alert(1)">x</a>',
    '<a href="http://192.0.2.250/">x</a>',
    '<p onclick="x()">',
    "<iframe src=//192.0.2.250/></iframe>",
    '<p style="background:url(//192.0.2.250/)">',
)


def browsed(page: Path, profile: Path) -> tuple[str, list[str]]:
    """Open a page in a browser that reaches nobody; give the document after its scripts ran, and its console."""
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("chromium is not installed")
    done = subprocess.run(
        [
            program, "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run",
            "--proxy-server=127.0.0.1:9", f"--user-data-dir={profile}", "--enable-logging=stderr",
            "--virtual-time-budget=3000", "--dump-dom", page.as_uri(),
        ],
        capture_output=True, encoding="utf-8", timeout=60, check=True,
    )  # fmt: skip
    told = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
    return done.stdout, [line for line in told if "source: chrome://" not in line]  # the browser's own pages talk too


def test_no_planted_script_runs_in_a_browser(run: Run, tmp_path: Path) -> None:
    for name in PAGES:
        document, console = browsed(run.out / name, tmp_path / "profile")
        assert "<html" in document
        assert faults(document) == []
        assert console == [], "a policy that had to refuse something says so here"


def test_a_browser_would_have_run_it(tmp_path: Path) -> None:
    page = tmp_path / "planted.html"
    for text in PLANTED_MARKUP[:3]:
        page.write_text(f"<!doctype html><body>{text}", "utf-8")
        assert 'data-ran="1"' in browsed(page, tmp_path / "profile")[0], text
    held = f"<meta http-equiv=Content-Security-Policy content=\"default-src 'none'\">{PLANTED_MARKUP[2]}"
    page.write_text(f"<!doctype html><body>{held}", "utf-8")
    assert browsed(page, tmp_path / "profile")[1], "a refusal is told on the console"


BOOKS = ("survey.xlsx", "en/survey.xlsx")


@pytest.mark.parametrize("name", BOOKS)
def test_no_cell_of_the_workbook_is_a_formula(run: Run, name: str) -> None:
    book = load_workbook(run.out / name)
    cells = [c for sheet in book.worksheets for row in sheet.iter_rows() for c in row if c.value is not None]
    assert {c.data_type for c in cells} <= {"s", "n"}
    texts = [c for c in cells if isinstance(c.value, str)]
    begun = [c for c in texts if str(c.value).startswith(("=", "+", "-", "@", "\t", "\r"))]
    assert {str(c.value)[:11] for c in begun} >= {"=HYPERLINK(", "@SUM(1+1)*c"}
    assert [c.coordinate for c in begun if not c.quotePrefix] == []
    assert max(len(str(c.value)) for c in texts) <= LONGEST_CELL
    assert not [c for c in texts if ACTING.search(str(c.value))]
    links = [c.hyperlink.target for c in cells if c.hyperlink is not None and c.hyperlink.target]
    assert [target for target in links if _leads_out(target)] == []


@pytest.mark.parametrize("name", BOOKS)
def test_the_parts_of_the_workbook_hold_no_formula_and_no_way_out(run: Run, name: str) -> None:
    with zipfile.ZipFile(run.out / name) as packed:
        parts = {n: packed.read(n).decode("utf-8") for n in packed.namelist() if n.endswith((".xml", ".rels"))}
    assert [n for n in parts if re.search(r"vba|externalLink|connections|macro|activeX|embeddings", n)] == []
    for part, text in parts.items():
        tags = {element.tag.rpartition("}")[2] for element in fromstring(text).iter()}
        assert "f" not in tags, part
        assert not tags & {"ddeLink", "oleLink", "webPr", "dbPr"}, part


def test_an_office_program_shows_what_was_planted_as_text(run: Run, tmp_path: Path) -> None:
    program = shutil.which("soffice")
    if program is None:
        pytest.skip("LibreOffice is not installed")
    every_sheet = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1"
    subprocess.run(
        [
            program, "--headless", f"-env:UserInstallation={(tmp_path / 'office').as_uri()}", "--convert-to",
            every_sheet, "--outdir", tmp_path / "csv", run.out / "survey.xlsx",
        ],
        capture_output=True, timeout=100, check=True,
    )  # fmt: skip
    sheets = {f.name: list(csv.reader(f.read_text("utf-8").splitlines())) for f in (tmp_path / "csv").glob("*.csv")}
    assert len(sheets) == len(load_workbook(run.out / "survey.xlsx").sheetnames)
    cells = [cell for rows in sheets.values() for row in rows for cell in row]
    assert any("=HYPERLINK(" in cell for cell in cells)
    assert "=1+1" in cells, "not 2"
    assert not [cell for cell in cells if re.match(r"#(NAME|REF|VALUE|N/A)|Err:", cell)]


def test_the_report_and_the_picture_are_clean_text(run: Run) -> None:
    for name in ("report.json", "overview.svg"):
        text = (run.out / name).read_bytes().decode("utf-8")
        assert not ACTING.search(text), name
        assert max(map(len, text.splitlines())) < 100_000, name
    json.loads((run.out / "report.json").read_bytes())
    picture = fromstring((run.out / "overview.svg").read_bytes())
    assert not [e.tag for e in picture.iter() if str(e.tag).rpartition("}")[2] in {"script", "foreignObject", "image"}]
    assert not [name for e in picture.iter() for name in e.attrib if name.startswith("on") or name.endswith("href")]


def test_what_the_commands_print_acts_on_no_terminal(run: Run) -> None:
    printed = "".join(done.out + done.err for done in run.said)
    assert not ACTING.search(printed)
    assert "srv-" in printed or "192.0.2.22" in printed, "something of the devices was printed"
