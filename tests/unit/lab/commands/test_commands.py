"""The other commands as a user sees them: texts, exit codes, defaults."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from lab.cli import app
from lab.devices.registry import kinds
from lab.drivers.process import current_process
from lab.work import DaemonRecord, Work, fresh_folder, known_work_folders

RUN = CliRunner()


def test_the_group_names_its_commands() -> None:
    output = RUN.invoke(app, ["--help"]).output
    assert all(name in output for name in ("up", "down", "status", "score", "kinds", "capture"))


def test_kinds_shows_each_parameter_with_type_default_and_example() -> None:
    listed = json.loads(RUN.invoke(app, ["kinds", "--json"]).output)
    assert [entry["kind"] for entry in listed] == list(kinds())
    assert all(entry["about"] and entry["transports"] for entry in listed)
    https = {row["name"]: row for row in next(entry for entry in listed if entry["kind"] == "https")["params"]}
    assert https["certificate.key"]["default"] == "rsa-2048"
    assert https["versions"]["example"] == ["tls1.0", "tls1.2"]
    assert {"client_auth", "body", "server", "suites", "certificate.not_after_days"} <= https.keys()
    assert "ssl3" in https["versions"]["type"]


def test_kinds_of_one_kind_and_of_none() -> None:
    assert "sysdescr" in RUN.invoke(app, ["kinds", "snmp", "--lang", "en"]).output
    refused = RUN.invoke(app, ["kinds", "gopher"])
    assert refused.exit_code == 2
    assert "gopher" in refused.output


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["no-such-scenario"], "no-such-scenario"),
        (["CORNER", "--driver", "container"], "container"),
    ],
)
def test_up_refuses(arguments: list[str], named: str, corner: Path, tmp_path: Path) -> None:
    given = [str(corner) if argument == "CORNER" else argument for argument in arguments]
    refused = RUN.invoke(app, ["up", *given, "--dir", str(tmp_path / "work")])
    assert refused.exit_code == 2
    assert named in refused.output
    assert not (tmp_path / "work").exists()


def test_up_refuses_a_wrong_scenario_and_writes_nothing(corner: Path, tmp_path: Path) -> None:
    file = corner / "scenario.toml"
    content = file.read_text(encoding="utf-8").replace('"telnet"', '"gopher"').replace("sysname", "sysnam")
    file.write_text(content, encoding="utf-8")
    refused = RUN.invoke(app, ["up", str(corner), "--dir", str(tmp_path / "work"), "--lang", "en"])
    assert refused.exit_code == 2
    assert "2 errors" in refused.output
    assert "service[2] (gopher) . kind" in refused.output
    assert "service[3] (snmp) . params . sysnam" in refused.output
    assert not (tmp_path / "work").exists()


def test_up_refuses_a_scenario_for_other_drivers(corner: Path, tmp_path: Path) -> None:
    file = corner / "scenario.toml"
    file.write_text(file.read_text(encoding="utf-8").replace('["loopback"]', '["container"]'), encoding="utf-8")
    refused = RUN.invoke(app, ["up", str(corner), "--dir", str(tmp_path / "work")])
    assert refused.exit_code == 2
    assert "container" in refused.output


def test_work_folders_are_chosen_only_where_one_is_meant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert RUN.invoke(app, ["status"]).exit_code == 2
    (tmp_path / "lab-work" / "one" / ".lab").mkdir(parents=True)
    assert json.loads(RUN.invoke(app, ["status", "--json"]).output)["running"] is False
    (tmp_path / "lab-work" / "two" / ".lab").mkdir(parents=True)
    assert RUN.invoke(app, ["status"]).exit_code == 2
    record = DaemonRecord("two", "loopback", current_process(), "lab-two", mount=None, links=None)
    Work(tmp_path / "lab-work" / "two").write_record(record)
    assert json.loads(RUN.invoke(app, ["status", "--json"]).output)["scenario"] == "two"
    assert RUN.invoke(app, ["status", str(tmp_path)]).exit_code == 2


def test_records_come_back(tmp_path: Path) -> None:
    work = Work(tmp_path)
    assert work.record() is None
    assert work.status() == {}
    record = DaemonRecord("x", "loopback", current_process(), "lab-x", mount="/run/netns/lab-x", links=None)
    work.write_record(record)
    assert work.record() == record


def test_folders_are_fresh(tmp_path: Path) -> None:
    assert known_work_folders(tmp_path / "none") == ()
    assert fresh_folder(tmp_path, "a") == tmp_path / "a"
    (tmp_path / "a").mkdir()
    (tmp_path / "a-2").mkdir()
    assert fresh_folder(tmp_path, "a") == tmp_path / "a-3"


def test_an_internal_error_is_exit_6(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr("lab.commands.kinds.all_kinds", broken)
    result = RUN.invoke(app, ["kinds", "--lang", "en"])
    assert result.exit_code == 6
    assert "broken" in result.output
