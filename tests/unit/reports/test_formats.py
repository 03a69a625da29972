from types import ModuleType

import pytest

import reports
from sekisho.model.formats import ReportFormat, discover_formats
from tests.unit.reports.sample import EVIDENCE, empty, sample


def test_the_installed_formats() -> None:
    found = discover_formats(reports)
    assert {f.id: f.filename for f in found.values()} == {
        "html": "survey.html", "svg": "overview.svg", "xlsx": "survey.xlsx",
    }  # fmt: skip


@pytest.mark.parametrize("lang", ["ja", "en"])
@pytest.mark.parametrize("form", discover_formats(reports).values(), ids=lambda f: f.id)
def test_the_same_report_gives_the_same_bytes(form: ReportFormat, lang: str) -> None:
    assert form.build(sample(), EVIDENCE, lang) == form.build(sample(), EVIDENCE, lang)
    assert form.build(sample(), EVIDENCE, lang) != form.build(empty(), {}, lang)


def test_a_package_without_formats_has_none() -> None:
    package = ModuleType("empty")
    package.__path__ = []
    assert discover_formats(package) == {}
