"""`lab score`: files in, figures and exit code out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from lab.cli import app

TRUTH: dict[str, Any] = {
    "schema": 1,
    "services": [{"at": "192.0.2.1", "transport": "tcp", "port": 443}],
    "findings": [{"subject": "host:192.0.2.1", "topic": "firmware.eol", "verdict": "fail", "needs": ["config"]}],
    "complete": ["services"],
}
SERVICE = {"address": "192.0.2.1", "transport": "tcp", "port": 443, "protocol": "https"}
REPORT: dict[str, Any] = {
    "schema_version": 1,
    "snapshot": {"stages": ["active"]},
    "assets": [],
    "connection_points": [],
    "services": [SERVICE],
    "findings": [],
    "answers": [],
}


def run(folder: Path, report: object, truth: object, *options: str) -> tuple[int, str]:
    """Score two documents."""
    (folder / "report.json").write_text(json.dumps(report), encoding="utf-8")
    (folder / "truth.json").write_text(json.dumps(truth), encoding="utf-8")
    files = ["--report", str(folder / "report.json"), "--truth", str(folder / "truth.json")]
    result = CliRunner().invoke(app, ["score", *files, *options])
    return result.exit_code, result.output


def test_perfect_report_is_exit_0_and_names_each_row(tmp_path: Path) -> None:
    code, output = run(tmp_path, REPORT, TRUTH, "--lang", "en")
    assert code == 0
    assert "found Services: 192.0.2.1 tcp/443" in output
    assert "skipped Findings: host:192.0.2.1 firmware.eol fail (needs: config)" in output


def test_false_row_is_exit_1_and_named(tmp_path: Path) -> None:
    report = {**REPORT, "services": [SERVICE, {**SERVICE, "port": 8080}]}
    code, output = run(tmp_path, report, TRUTH)
    assert code == 1
    assert "誤り サービス: 192.0.2.1 tcp/8080 https" in output


def test_unsafe_pass_is_exit_1_and_named(tmp_path: Path) -> None:
    report = {**REPORT, "findings": [{"subject": "host:192.0.2.1", "topic": "firmware.eol", "verdict": "pass"}]}
    code, output = run(tmp_path, report, TRUTH)
    assert code == 1
    assert "危険な合格: 1 件" in output


def test_json_holds_figures_and_rows(tmp_path: Path) -> None:
    code, output = run(tmp_path, {**REPORT, "services": []}, TRUTH, "--json")
    data = json.loads(output)
    assert code == 1
    assert data["perfect"] is False
    assert data["sections"]["services"] == {
        "recall": 0.0,
        "precision": None,
        "found": 0,
        "missed": 1,
        "skipped": 0,
        "false": 0,
    }
    assert [row["outcome"] for row in data["rows"]] == ["missed", "skipped"]


@pytest.mark.parametrize(
    "truth",
    [
        {"schema": 1},
        {"schema": 1, "findings": TRUTH["findings"]},  # its one row needs a stage that did not run
    ],
)
def test_truth_without_a_claim_is_exit_2_and_says_that_nothing_was_scored(tmp_path: Path, truth: object) -> None:
    code, output = run(tmp_path, REPORT, truth)
    assert code == 2
    assert "採点できる項目がありません" in output
    assert "完全に一致" not in output
    code, output = run(tmp_path, REPORT, truth, "--json")
    data = json.loads(output[: output.rindex("}") + 1])
    assert (code, data["scored"], data["perfect"], data["kind_recall"]) == (2, False, False, None)
    assert data["sections"]["services"]["recall"] is None


def test_promise_of_completeness_is_a_claim_and_a_dash_is_no_share(tmp_path: Path) -> None:
    promise = {"schema": 1, "complete": ["services"]}
    code, output = run(tmp_path, {**REPORT, "services": []}, promise)
    assert code == 0
    assert "–" in output
    assert "1.00" not in output
    assert run(tmp_path, REPORT, promise)[0] == 1


@pytest.mark.parametrize(
    ("report", "truth", "named"),
    [
        ({**REPORT, "snapshot": {}}, TRUTH, ["snapshot.stages"]),
        (REPORT, {**TRUTH, "complete": ["everything"], "extra": 1}, ["complete.0", "extra"]),
        ({**REPORT, "services": [{"port": "x"}]}, TRUTH, ["services.0.address", "services.0.port"]),
        ([], TRUTH, ["report.json"]),
    ],
)
def test_wrong_documents_are_exit_2_with_all_places(
    tmp_path: Path, report: object, truth: object, named: list[str]
) -> None:
    code, output = run(tmp_path, report, truth, "--lang", "en")
    assert code == 2
    assert all(place in output for place in named)


def test_missing_files_are_exit_2(tmp_path: Path) -> None:
    files = ["--report", str(tmp_path / "no.json"), "--truth", str(tmp_path / "no.json")]
    assert CliRunner().invoke(app, ["score", *files]).exit_code == 2
    assert CliRunner().invoke(app, ["score", "--report", str(tmp_path / "no.json")]).exit_code == 2
    assert CliRunner().invoke(app, ["score", str(tmp_path)]).exit_code == 2
