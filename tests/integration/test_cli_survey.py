"""A survey from the plan to the report, as its user sees it: outputs, exit codes, the ledger's answer."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.integration.command import contents, copy_of, replace_in, rows, sekisho
from tests.integration.conftest import Lab, narrowed

SCHEMA = Path(__file__).resolve().parents[2] / "docs" / "schema" / "report.schema.json"
pytestmark = pytest.mark.lab


def report_of(folder: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((folder / "out" / "report.json").read_text("utf-8"))
    return loaded


def test_a_dry_run_plans_every_host_and_sends_nothing(router_only: Path, lab: Lab) -> None:
    before = contents(router_only)
    done = sekisho("survey", router_only, "--dry-run", "--json")
    assert (done.code, done.err) == (0, "")
    plan = {row["address"]: row for row in done.json()}
    assert plan[lab.router]["tier"] == "T2", "T3 takes a row of its own, whatever the pace says"
    assert plan[lab.router]["packets"] > 0
    assert plan[lab.server]["packets"] == 0, "declared, but outside the scope"
    assert contents(router_only) == before


def test_a_host_is_asked_over_ipv6_from_an_address_of_the_vantage(lab: Lab, tmp_path: Path) -> None:
    folder = narrowed(copy_of(lab.pristine, tmp_path / "engagement"), "2001:db8:51::1")
    replace_in(folder / "engagement.toml", ('covers = ["198.51.100.0/28"]', 'covers = ["2001:db8:51::/64"]'))
    assert sekisho("survey", folder, "--close").code == 0
    assert sekisho("report", folder).code == 0
    report = report_of(folder)
    assert "service:2001:db8:51::1/tcp/23" in {s["id"] for s in report["services"]}
    assert {a["outcome"] for a in report["attempts"] if "2001:db8:51::1" in a["subject"]} <= {"ok", "refused"}
    assert [v["source"] for v in report["vantages"]] == ["2001:db8:51::c633:641e"]


def test_the_report_follows_the_published_schema(surveyed: Path) -> None:
    schema = json.loads(SCHEMA.read_text("utf-8"))
    assert list(Draft202012Validator(schema).iter_errors(report_of(surveyed))) == []


def test_all_formats_are_written_for_the_run_and_as_the_latest(surveyed: Path) -> None:
    ((run,),) = rows(surveyed, "select id from run")
    assert {"report.json", "survey.xlsx", "survey.html"} <= {p.name for p in (surveyed / "out").iterdir()}
    assert (surveyed / "out" / "runs" / run / "report.json").read_bytes() == (
        surveyed / "out" / "report.json"
    ).read_bytes()


def test_a_hostile_banner_is_kept_as_evidence_and_inert_in_the_report(surveyed: Path) -> None:
    """That it never reached a terminal is held by every command run here (`finished`)."""
    services = {s["id"]: s for s in report_of(surveyed)["services"]}
    assert "service:198.51.100.1/tcp/23" in services
    kept = [p for p in (surveyed / "evidence").rglob("*") if p.is_file() and b"owned" in p.read_bytes()]
    assert kept
    page = (surveyed / "out" / "survey.html").read_text("utf-8")
    assert not {"\x1b", "\u202e", "\x9b", "\x07"} & set(page)


def test_verbose_logs_are_inert_too(lab: Lab, router_only: Path) -> None:
    done = sekisho("--verbose", "survey", router_only, "--json")
    assert done.code == 0, done.err
    result = done.json()
    assert (result["failed"], result["stopped"], result["closed"]) == ([], "", False)
    assert result["attempts"] == len(rows(router_only, "select * from attempt"))
    assert " DEBUG " in done.err


def test_report_json_does_not_depend_on_the_language_and_replaces_an_old_one(surveyed: Path, tmp_path: Path) -> None:
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "report.json").write_text("{}", "utf-8")
    done = {
        lang: sekisho("report", surveyed, "--lang", lang, "--out", tmp_path / lang, "--json") for lang in ("ja", "en")
    }
    assert [d.code for d in done.values()] == [0, 0]
    assert {Path(p).name for p in done["ja"].json()["files"]} >= {"report.json", "survey.xlsx", "survey.html"}
    assert (tmp_path / "ja" / "report.json").read_bytes() == (tmp_path / "en" / "report.json").read_bytes()
    assert (tmp_path / "ja" / "survey.html").read_bytes() != (tmp_path / "en" / "survey.html").read_bytes()


@pytest.mark.parametrize(("level", "code"), [("never", 0), ("info", 1)])
def test_fail_on_gives_exit_1_after_everything_is_written(surveyed: Path, level: str, code: int) -> None:
    assert any(f["verdict"] == "fail" for f in report_of(surveyed)["findings"])
    done = sekisho("assess", surveyed, "--fail-on", level, "--json")
    assert done.code == code
    assert done.json()["failed"] > 0


def test_replay_reproduces_the_report(surveyed: Path) -> None:
    done = sekisho("replay", surveyed, "--json")
    assert (done.code, done.err) == (0, "")
    assert done.json()["bytes"] == (surveyed / "out" / "report.json").stat().st_size


def test_an_unknown_run_is_named(surveyed: Path) -> None:
    done = sekisho("replay", surveyed, "--run", "run-of-last-year")
    assert done.code == 2
    assert "run-of-last-year" in done.err


class TestLedger:
    """「10:42 のは我々か」: yes when we sent, no when we did not, never a guess."""

    @pytest.fixture
    def sent(self, surveyed: Path) -> datetime:
        query = "select at from ledger where kind = 'connect' and address = '198.51.100.1' order by rowid"
        at = rows(surveyed, query)[0][0]
        return datetime.fromisoformat(at).astimezone(datetime.strptime("+0900", "%z").tzinfo)

    def test_yes_at_the_minute(self, surveyed: Path, sent: datetime) -> None:
        done = sekisho("ledger", surveyed, "--at", f"{sent:%H:%M}", "--host", "198.51.100.1")
        assert (done.code, done.err) == (0, "")
        assert done.out.startswith("Yes:")
        assert "198.51.100.1:23" in done.out

    def test_yes_at_the_second_as_data(self, surveyed: Path, sent: datetime) -> None:
        done = sekisho("ledger", surveyed, "--at", f"{sent:%Y-%m-%dT%H:%M:%S}", "--json")
        assert done.code == 0
        connects = [r for r in done.json() if r["kind"] == "connect"]
        assert {r["source"] for r in connects} == {"198.51.100.30"}
        assert all(r["source_port"] >= 61000 for r in connects)

    def test_no_to_another_host_and_at_another_time(self, surveyed: Path, sent: datetime) -> None:
        other = sekisho("ledger", surveyed, "--at", f"{sent:%H:%M}", "--host", "198.51.100.29")
        earlier = sekisho("ledger", surveyed, "--at", f"{sent - timedelta(hours=2):%Y-%m-%dT%H:%M}")
        assert [(d.code, d.out.split(":")[0]) for d in (other, earlier)] == [(0, "No"), (0, "No")]

    def test_sums_agree_with_the_report(self, surveyed: Path) -> None:
        done = sekisho("ledger", surveyed, "--json")
        assert done.code == 0
        assert sum(h["packets"] for h in done.json()) == report_of(surveyed)["ledger"]["packets"]

    @pytest.mark.parametrize("bad", ["25:00", "noon", "10:4x", "2026-13-01T10:42"])
    def test_a_time_that_is_none_is_refused(self, surveyed: Path, bad: str) -> None:
        done = sekisho("ledger", surveyed, "--at", bad)
        assert (done.code, done.out) == (2, "")
        assert bad in done.err


def test_looking_at_an_archived_engagement_changes_nothing(surveyed: Path, tmp_path: Path) -> None:
    folder = copy_of(surveyed, tmp_path / "archive")
    before = kept(folder)
    assert sekisho("ledger", folder).code == 0
    assert sekisho("replay", folder).code == 0
    assert kept(folder) == before


def kept(folder: Path) -> dict[str, str]:
    """Give what must stay: all but the files that SQLite makes beside a database while it is read."""
    return {k: v for k, v in contents(folder).items() if not k.startswith("survey.db-")}
