import re
from itertools import combinations
from xml.etree.ElementTree import Element

import pytest
from defusedxml.ElementTree import fromstring

from reports.edition import Edition
from reports.overview.build import build
from reports.overview.fit import fit, room
from reports.overview.layout import Box, lay_out
from reports.overview.scene import ALL_SINGLE, scene
from tests.unit.reports.hostile import hostile, hostile_evidence
from tests.unit.reports.sample import EVIDENCE, empty, many, sample

SVG = "{http://www.w3.org/2000/svg}"
REPORTS = {"sample": sample(), "empty": empty(), "5": many(5), "40": many(40), "150": many(150), "hostile": hostile()}


@pytest.mark.parametrize("name", REPORTS)
@pytest.mark.parametrize("lang", ["ja", "en"])
def test_no_two_boxes_overlap(name: str, lang: str) -> None:
    layout = lay_out(scene(Edition.of(REPORTS[name], {}, lang)))
    boxes = [box for part in (layout.parties, layout.devices, layout.segments, layout.systems) for box, _ in part]
    assert [(a, b) for a, b in combinations(boxes, 2) if a.overlaps(b)] == []
    assert all(box.y + box.h <= layout.body for box in boxes)


@pytest.mark.parametrize("name", REPORTS)
@pytest.mark.parametrize("lang", ["ja", "en"])
def test_no_drawn_label_lies_over_another(name: str, lang: str) -> None:
    root = fromstring(build(REPORTS[name], {}, lang))
    height = float(root.get("height", "0"))
    labels = [_box(e) for e in root.iter(f"{SVG}rect") if e.get("class") == "label"]
    assert labels
    assert [(a, b) for a, b in combinations(labels, 2) if a.overlaps(b)] == []
    assert all(b.x >= 0 and b.right <= 1200 and b.y + b.h <= height for b in labels)
    texts = list(root.iter(f"{SVG}text"))
    spots = [(t.get("x"), t.get("y")) for t in texts]
    assert len(set(spots)) == len(spots)


@pytest.mark.parametrize("name", REPORTS)
def test_texts_stay_inside_their_boxes(name: str) -> None:
    root = fromstring(build(REPORTS[name], {}, "ja"))
    boxes = [_box(e) for e in root.iter(f"{SVG}rect") if e.get("rx") == "5"]
    for text in root.iter(f"{SVG}text"):
        x, y, size = (float(text.get(k, "0")) for k in ("x", "y", "font-size"))
        for box in boxes:
            if text.get("text-anchor") is None and box.x < x < box.right and box.y < y < box.y + box.h:
                assert x + room(text.text or "", size) <= box.right + 0.5


def _box(element: Element) -> Box:
    x, y, w, h = (float(element.get(k, "0")) for k in ("x", "y", "width", "height"))
    return Box(x, y, w, h)


def test_few_points_are_drawn_singly_and_many_in_groups() -> None:
    few = scene(Edition.of(many(5), {}, "ja"))
    assert sum(len(d.parties) for b in few for d in b.devices) == 5
    for count in (40, 150):
        rows = [p for b in scene(Edition.of(many(count), {}, "ja")) for d in b.devices for p in d.parties]
        assert len(rows) < min(count, 2 * ALL_SINGLE)


@pytest.mark.parametrize("count", [5, 40, 150])
def test_every_point_is_counted_once(count: int) -> None:
    rows = [p for b in scene(Edition.of(many(count), {}, "ja")) for d in b.devices for p in d.parties]
    total = sum(1 if p.anchor else int((re.findall(r"(\d+) か所", p.title) or ["0"])[0]) for p in rows)
    assert total == count


def test_groups_never_hide_a_judgement() -> None:
    report = many(150)
    verdicts = {p.worst.verdict for b in scene(Edition.of(report, {}, "ja")) for d in b.devices for p in d.parties}
    assert verdicts == {"fail", "unknown", "pass"}


def test_hostile_names_stay_text() -> None:
    root = fromstring(build(hostile(), hostile_evidence(), "ja"))
    assert {e.tag.removeprefix(SVG) for e in root.iter()} <= {"svg", "title", "desc", "rect", "line", "text", "g", "a"}
    assert not [k for e in root.iter() for k in e.attrib if k.startswith("on") or k in {"style", "href"}]


def test_an_empty_run_says_so() -> None:
    assert "外部接続点は一つも確認できていません" in build(empty(), {}, "ja").decode()
    assert "台帳になし" in build(sample(), EVIDENCE, "ja").decode()


def test_fit_keeps_what_fits() -> None:
    assert fit("関所", 10, 20) == "関所"
    assert fit("関所記念病院", 10, 35) == "関所…"
    assert room("関a", 10) == 16


def test_one_judged_device_does_not_make_a_category_look_good() -> None:
    systems = [s for b in scene(Edition.of(sample(), EVIDENCE, "ja")) for s in b.systems]
    servers = next(s for s in systems if s.title.startswith("サーバ"))
    assert servers.worst.verdict == "unjudged"
    assert "未判定5台" in servers.subtitle
