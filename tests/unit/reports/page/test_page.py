import base64
import hashlib
import re
from html.parser import HTMLParser

import pytest

from reports.edition import Edition
from reports.figures import figures_of
from reports.page.build import SECTIONS, build
from reports.rows.findings import finding_rows
from sekisho.model.report import Report
from tests.unit.reports.hostile import hostile, hostile_evidence
from tests.unit.reports.parts import digest
from tests.unit.reports.sample import EVIDENCE, empty, many, sample, unjudged

VOID = {"meta", "link", "br", "hr", "img", "input", "rect", "line"}
ENUMS = (
    "pass",
    "fail",
    "unknown",
    "not_applicable",
    "critical",
    "supported",
    "contradicted",
    "undetermined",
    "hearing_required",
    "timeout",
    "refused",
    "filtered",
    "middlebox",
    "skipped_by_scope",
    "skipped_by_tier",
    "not_tried",
    "proven_open",
    "proven_restricted",
    "inconclusive",
    "vendor",
    "hospital",
    "carrier",
    "maker",
    "gentle",
    "plain_received",
    "peer_closed",
)


class Page(HTMLParser):
    """Reads a page and keeps what the tests ask for."""

    def __init__(self, raw: bytes) -> None:
        super().__init__()
        self.stack: list[str] = []
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.text: list[str] = []
        self.inline: dict[str, list[str]] = {"script": [], "style": []}
        self.unclosed: list[str] = []
        self.feed(raw.decode())
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {k: v or "" for k, v in attrs}))
        if tag not in VOID:
            self.stack.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {k: v or "" for k, v in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if self.stack and self.stack[-1] == tag:
            self.stack.pop()
        else:
            self.unclosed.append(tag)

    def handle_data(self, data: str) -> None:
        where = self.stack[-1] if self.stack else ""
        if where in self.inline:
            self.inline[where].append(data)
        elif "pre" not in self.stack and "code" not in self.stack:
            self.text.append(data)

    def attributes(self, name: str) -> list[str]:
        return [attrs[name] for _, attrs in self.tags if name in attrs]


def page(report: Report, lang: str = "ja") -> Page:
    return Page(build(report, EVIDENCE, lang))


REPORTS = {"sample": sample(), "empty": empty(), "unjudged": unjudged(), "40": many(40)}


@pytest.mark.parametrize("name", REPORTS)
@pytest.mark.parametrize("lang", ["ja", "en"])
def test_it_parses_and_every_anchor_exists(name: str, lang: str) -> None:
    found = page(REPORTS[name], lang)
    assert found.stack == []
    assert found.unclosed == []
    ids = found.attributes("id")
    assert len(set(ids)) == len(ids)
    assert {h[1:] for h in found.attributes("href") if h.startswith("#")} <= set(ids)
    assert set(SECTIONS) <= set(ids)


@pytest.mark.parametrize("name", ["sample", "empty"])
def test_nothing_is_loaded_and_only_our_code_may_run(name: str) -> None:
    found = page(REPORTS[name])
    policy = next(a["content"] for t, a in found.tags if a.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    for kind in ("script", "style"):
        (content,) = ["".join(found.inline[kind])]
        expected = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{expected}'" in policy
        assert sum(t == kind for t, _ in found.tags) == 1
    assert not found.attributes("src")
    assert not found.attributes("style")
    links = [h for h in found.attributes("href") if not h.startswith("#")]
    assert all(re.fullmatch(r"\.\./evidence/[0-9a-f]{2}/[0-9a-f]{64}", h) for h in links)
    raw = build(REPORTS[name], EVIDENCE, "ja").decode()
    assert "http://" not in raw
    assert "https://" not in raw
    assert "@import" not in raw
    assert "url(" not in raw


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_hostile_strings_stay_text(lang: str) -> None:
    raw = build(hostile(), hostile_evidence(), lang)
    found = Page(raw)
    assert found.unclosed == []
    assert sum(t == "script" for t, _ in found.tags) == 1
    assert not [t for t, _ in found.tags if t in {"img", "iframe", "object", "embed", "link", "base", "i", "b"}]
    assert not [k for _, attrs in found.tags for k in attrs if k.startswith("on")]
    assert all(h.startswith(("#", "../evidence/")) for h in found.attributes("href"))
    text = raw.decode()
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200b]", text)
    assert "{{ 7*7 }}" in text
    assert "49" not in "".join(found.inline["script"])


def test_no_english_value_stands_in_the_japanese_page() -> None:
    found = page(sample())
    visible = " ".join(found.text)
    hits = [w for w in ENUMS if re.search(rf"(?<![\w.\-/]){w}(?![\w.\-/])", visible)]
    assert hits == []


@pytest.mark.parametrize("name", REPORTS)
def test_figures_are_those_of_the_report(name: str) -> None:
    report = REPORTS[name]
    found, figures = page(report), figures_of(report)
    raw = build(report, EVIDENCE, "ja").decode()
    values = [int(v) for v in re.findall(r'<p class="value">(\d+)<', raw)]
    assert values == [figures.points, figures.failed, figures.undetermined]
    verdicts = found.attributes("data-verdict")
    assert verdicts.count("fail") == figures.failed
    assert verdicts.count("pass") == figures.passed
    assert verdicts.count("unknown") + verdicts.count("error") == figures.undetermined
    assert len([i for i in found.attributes("id") if i.startswith("point-")]) == figures.points
    text = " ".join(found.text)
    assert f"判定不能 {figures.undetermined} 件" in text
    assert f"適合の証跡あり {figures.passed} 件" in text


def test_every_claim_leads_to_its_evidence_in_the_page() -> None:
    found, report = page(sample()), sample()
    ids = set(found.attributes("id"))
    cited = {e for f in report.findings for e in f.evidence} | {e for p in report.connection_points for e in p.evidence}
    assert {f"ev-{e}" for e in cited} <= ids
    raw = build(report, EVIDENCE, "ja").decode()
    assert f'href="#ev-{digest("tls-vpn")}"' in raw
    assert "documents/lines.csv" in raw


@pytest.mark.parametrize(
    ("name", "words"), [("empty", "何も確認できていません"), ("unjudged", "適合・不適合を判定できたものがありません")]
)
def test_a_run_without_judgement_is_announced(name: str, words: str) -> None:
    assert words in " ".join(page(REPORTS[name]).text)
    assert words not in " ".join(page(sample()).text)


def test_contradictions_are_told_first() -> None:
    text = " ".join(page(sample()).text)
    assert "回答と証跡の矛盾が 3 件あります" in text
    assert text.count("回答と証跡の矛盾：回答「はい」に対し、不適合の証跡があります") == 6


def test_it_reads_without_its_script() -> None:
    found = page(sample())
    hidden = [t for t, a in found.tags if "hidden" in a]
    assert sorted(hidden) == ["form", "p"]


def test_a_remedy_of_the_unknown_is_conditional() -> None:
    rows = {r.part.verdict: r.remediation for r in finding_rows(Edition.of(sample(), EVIDENCE, "ja"))}
    assert rows["unknown"].startswith("（不適合だった場合）")
    assert rows["pass"] == rows["not_applicable"] == "—"
    assert not rows["fail"].startswith("（")


@pytest.mark.parametrize(("lang", "marking"), [("ja", "取扱注意"), ("en", "Confidential")])
def test_printed_pages_carry_marking_and_number(lang: str, marking: str) -> None:
    (style,) = Page(build(sample(), EVIDENCE, lang)).inline["style"]
    assert f'@bottom-left{{content:"{marking}"}}' in style
    assert "counter(page)" in style


@pytest.mark.parametrize("report", [sample(), many(40)], ids=["s", "m"])
def test_no_picture_of_a_control_character_is_ours(report: Report) -> None:
    text = "".join(Page(build(report.model_copy(update={"services": ()}), {}, "ja")).text)
    assert re.findall("[\u2400-\u2421]", text) == []


def test_a_long_list_of_findings_is_folded_and_stays_whole() -> None:
    raw = build(many(40), EVIDENCE, "ja").decode()
    folded = re.findall(r'<details class="more"><summary>ほか (\d+) 件</summary>(.*?)</details>', raw, re.DOTALL)
    assert folded
    assert all(links.count("href=") == int(count) for count, links in folded)
