import pytest

from reports.figures import Standing, figures_of
from sekisho.model.report import Report
from tests.unit.reports.hostile import hostile
from tests.unit.reports.sample import empty, many, sample, unjudged


def test_figures_of_the_sample() -> None:
    figures = figures_of(sample())
    assert (figures.points, figures.undeclared, figures.unconfirmed) == (9, 1, 3)
    assert (figures.failed, figures.undetermined, figures.passed) == (8, 4, 1)
    assert (figures.urgent, figures.conflicts, figures.unsent) == (6, 3, 3)
    assert dict(figures.verdicts) == {"fail": 8, "error": 1, "unknown": 3, "pass": 1, "not_applicable": 1}
    assert figures.standing is Standing.JUDGED


@pytest.mark.parametrize("report", [sample(), empty(), many(40), unjudged(), hostile()], ids=["s", "e", "m", "u", "h"])
def test_parts_add_up(report: Report) -> None:
    figures = figures_of(report)
    assert sum(figures.points_by.values()) == figures.points == len(report.connection_points)
    assert sum(figures.verdicts.values()) == figures.findings == len(report.findings)
    assert sum(figures.outcomes.values()) == figures.attempts == len(report.attempts)
    assert sum(figures.failed_by.values()) == figures.failed
    assert sum(figures.reconciled_by.values()) == figures.reconciled
    assert sum(v for t in figures.topics for v in t.verdicts.values()) == figures.findings
    assert sum(c.rows for c in figures.checklists) == len(report.answers)
    assert all(sum(c.states.values()) == c.rows for c in figures.checklists)


def test_an_empty_run_does_not_stand_as_judged() -> None:
    assert figures_of(empty()).standing is Standing.NOTHING_SEEN
    assert figures_of(unjudged()).standing is Standing.NOTHING_JUDGED


def test_declared_things_alone_are_not_seen() -> None:
    report = empty().model_copy(
        update={"assets": tuple(a.model_copy(update={"observed": False}) for a in sample().assets)}
    )
    assert figures_of(report).standing is Standing.NOTHING_SEEN


def test_judgements_from_paper_alone_are_called_that() -> None:
    report = empty().model_copy(update={"findings": sample().findings})
    assert figures_of(report).standing is Standing.PAPER_ONLY
