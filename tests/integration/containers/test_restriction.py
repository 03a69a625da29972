"""The restriction matrix with real daemons, a device's own filter and a router's: four services, four verdicts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.integration.command import sekisho
from tests.integration.containers.conftest import SCENARIOS, brought_up

pytestmark = [pytest.mark.containers, pytest.mark.timeout(240)]
LISTED, OPEN, DOWN, VENDOR_ONLY = (f"198.51.100.{n}" for n in (2, 3, 4, 5))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The engagement, surveyed from both places in one run and reported."""
    with brought_up(SCENARIOS / "restricted", tmp_path_factory.mktemp("restricted") / "work") as up:
        engagement = up.work / "engagement"
        done = sekisho("survey", engagement, "--close")
        assert done.code == 0, done.err
        assert sekisho("report", engagement).code == 0
        yield engagement


@pytest.fixture(scope="module")
def report(folder: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((folder / "out" / "report.json").read_text("utf-8"))
    return read


def of(report: dict[str, Any], service: str) -> dict[str, tuple[str, str, str]]:
    rows = [r for r in report["restriction"] if r["service"] == service]
    return {r["vantage"]: (r["outcome"], r["meant"], r["verdict"]) for r in rows}


@pytest.mark.parametrize(
    ("service", "management", "vendor"),
    [
        (
            f"service:{LISTED}/tcp/22",
            ("ok", "yes", "proven_restricted"),
            ("filtered", "no", "proven_restricted"),
        ),
        ("service:2001:db8:2::2/tcp/22", ("ok", "yes", "proven_restricted"), ("filtered", "no", "proven_restricted")),
        (f"service:{OPEN}/tcp/22", ("ok", "yes", "inconclusive"), ("ok", "no", "proven_open")),
        ("service:2001:db8:2::3/tcp/22", ("ok", "yes", "inconclusive"), ("ok", "no", "proven_open")),
        (f"service:{OPEN}/tcp/443", ("ok", "yes", "inconclusive"), ("ok", "no", "proven_open")),
        (
            f"service:{VENDOR_ONLY}/tcp/22",
            ("filtered", "no", "proven_restricted"),
            ("ok", "yes", "proven_restricted"),
        ),
        (
            "service:2001:db8:2::5/tcp/22",
            ("filtered", "no", "proven_restricted"),
            ("ok", "yes", "proven_restricted"),
        ),
    ],
    ids=["listed-4", "listed-6", "open-4", "open-6", "open-page", "vendor-only-4", "vendor-only-6"],
)
def test_each_service_gets_its_own_verdict(
    report: dict[str, Any], service: str, management: tuple[str, ...], vendor: tuple[str, ...]
) -> None:
    assert of(report, service) == {"management": management, "vendor": vendor}


def test_a_service_that_is_down_is_never_taken_for_a_restricted_one(report: dict[str, Any]) -> None:
    found = of(report, f"service:{DOWN}/tcp/22")
    assert {v: (meant, verdict) for v, (_, meant, verdict) in found.items()} == {
        "management": ("yes", "inconclusive"),
        "vendor": ("no", "inconclusive"),
    }
    assert {outcome for outcome, _, _ in found.values()} <= {"filtered", "host_gone", "timeout", "not_tried"}


def test_what_was_silent_here_names_what_answered_there(report: dict[str, Any]) -> None:
    controls = {(r["service"], r["vantage"]): r["control"]["vantage"] for r in report["restriction"] if r["control"]}
    assert controls == {
        (f"service:{LISTED}/tcp/22", "vendor"): "management",
        ("service:2001:db8:2::2/tcp/22", "vendor"): "management",
        (f"service:{VENDOR_ONLY}/tcp/22", "management"): "vendor",
        ("service:2001:db8:2::5/tcp/22", "management"): "vendor",
    }


def test_the_findings_agree(report: dict[str, Any]) -> None:
    found = {f["subject"]: f["verdict"] for f in report["findings"] if f["topic"] == "management.exposure"}
    assert {s: v for s, v in found.items() if s.endswith("/22")} == {
        f"service:{LISTED}/tcp/22": "pass",
        "service:2001:db8:2::2/tcp/22": "pass",
        f"service:{OPEN}/tcp/22": "fail",
        "service:2001:db8:2::3/tcp/22": "fail",
        f"service:{VENDOR_ONLY}/tcp/22": "pass",
        "service:2001:db8:2::5/tcp/22": "pass",
    }


def test_page_and_workbook_show_the_matrix_with_its_evidence(folder: Path, report: dict[str, Any]) -> None:
    (page,) = (folder / "out").glob("*.html")
    section = page.read_text("utf-8").split('aria-labelledby="restriction"', 1)[1].split("</section>", 1)[0]
    (book,) = (folder / "out").glob("*.xlsx")
    sheet = openpyxl.load_workbook(book, read_only=True)["Source restriction"]
    written = "\n".join(str(cell) for row in sheet.iter_rows(values_only=True) for cell in row if cell is not None)
    asked = [a for a in report["attempts"] if a["probe"] == "ports" and a["evidence"]]
    for address in (LISTED, OPEN, VENDOR_ONLY):
        for vantage in ("management", "vendor"):
            digests = [
                e for a in asked for e in a["evidence"]
                if a["vantage"] == vantage and a["subject"] in {f"host:{address}", f"service:{address}/tcp/22"}
            ]  # fmt: skip
            assert digests
            assert any(f"evidence/{d[:2]}/{d}" in section or d[:12] in section for d in digests)
            assert any(d[:12] in written for d in digests)
    assert section.count("<tr>") == 1 + len({r["service"] for r in report["restriction"]})
