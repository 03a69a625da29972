"""The one-device lab through a jump host inside it: the same facts as surveyed directly."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest

from tests.integration.command import copy_of, end, replace_in, rows, sekisho, start, until
from tests.integration.conftest import Lab, narrowed
from tests.unit.gate.jumps import Sshd, sshd, why_no_sshd
from tests.unit.gate.segment import hold_namespace

pytestmark = [pytest.mark.lab, pytest.mark.privileged, pytest.mark.timeout(120)]
OURS, JUMP = "192.0.2.1", "192.0.2.2"
SECRET = "SEKISHO_TEST_JUMP"


@dataclass(frozen=True)
class Outside:
    """A namespace outside the lab, cabled to the jump host inside it. prefix: runs a command there."""

    prefix: tuple[str, ...]
    server: Sshd


def run_in(where: str, *command: str) -> None:
    subprocess.run(["nsenter", f"--net={where}", *command], check=True, capture_output=True)


@pytest.fixture
def outside(lab: Lab, tmp_path: Path) -> Iterator[Outside]:
    """Lay a cable from the lab to a namespace that knows nothing of the lab's addresses."""
    if os.geteuid() != 0:
        pytest.skip("needs root to lay a cable between namespaces")
    if reason := why_no_sshd():
        pytest.skip(reason)
    text = (lab.pristine / "engagement.toml").read_text("utf-8")
    inside = "/run/netns/" + text.split('via = "netns:')[1].split('"')[0]
    holder = hold_namespace()
    out = f"/proc/{holder.pid}/ns/net"
    try:
        run_in(out, "ip", "link", "add", "jump0", "type", "veth", "peer", "name", "jump1")
        run_in(out, "ip", "link", "set", "jump1", "netns", inside.removeprefix("/run/netns/"))
        for where, name, address in ((out, "jump0", OURS), (inside, "jump1", JUMP)):
            run_in(where, "ip", "addr", "add", f"{address}/24", "dev", name)
            run_in(where, "ip", "link", "set", name, "up")
        with sshd(tmp_path / "sshd", Path(inside), address=ip_address(JUMP)) as server:
            yield Outside(("nsenter", f"--net={out}"), server)
    finally:
        # at once: what goes with the end of a namespace goes some time later, and the next test lays the same cable
        subprocess.run(["nsenter", f"--net={out}", "ip", "link", "del", "jump0"], check=False, capture_output=True)
        holder.kill()
        holder.communicate()


@pytest.fixture
def through(lab: Lab, outside: Outside, tmp_path: Path) -> Path:
    """The engagement of `surveyed`, looked at through the jump host."""
    folder = narrowed(copy_of(lab.pristine, tmp_path / "engagement"), "198.51.100.0/28")
    text = (folder / "engagement.toml").read_text("utf-8")
    (line,) = [x for x in text.splitlines() if x.startswith('via = "netns:')]
    replace_in(folder / "engagement.toml", (line, _vantage(outside.server)))
    source = [x for x in text.splitlines() if x.startswith("source = ")]
    replace_in(folder / "engagement.toml", *((x + "\n", "") for x in source))
    return folder


def _vantage(server: Sshd) -> str:
    via = f"ssh://root@{server.address}:{server.port}"
    return f'via = "{via}"\nsecret = "env:{SECRET}"\nhost_key = "{server.fingerprint}"'


def report_of(folder: Path) -> dict[str, Any]:
    assert sekisho("report", folder).code == 0
    found: dict[str, Any] = json.loads((folder / "out" / "report.json").read_text("utf-8"))
    return found


def told(report: dict[str, Any]) -> dict[str, Any]:
    """Give what was found out about the services, without who saw it when."""
    private = {"evidence", "id"}
    return {s["id"]: {k: v for k, v in s.items() if k not in private} for s in report["services"]}


def test_the_same_facts_as_directly(surveyed: Path, through: Path, outside: Outside) -> None:
    done = sekisho("survey", through, "--close", env={SECRET: outside.server.key}, before=outside.prefix)
    assert done.code == 0, done.err
    direct, far = json.loads((surveyed / "out" / "report.json").read_text("utf-8")), report_of(through)
    services = told(far)
    assert services == told(direct)
    assert any(s["tls"] for s in services.values())
    assert any(s["ssh"] for s in services.values())
    verdicts = [
        sorted((f["check"], f["subject"], f["verdict"]) for f in r["findings"] if f["subject"].startswith("service:"))
        for r in (direct, far)
    ]
    assert verdicts[0] == verdicts[1]

    (vantage,) = far["vantages"]
    assert (vantage["via"], vantage["confined"], vantage["control_connections"]) == (
        f"ssh://root@{JUMP}:{outside.server.port}", False, 1,
    )  # fmt: skip
    limits = {x["id"]: x["what"]["en"] for x in far["limits"]}
    assert "TCP only" in limits["through_jump"]
    assert {"unconfined", "unprivileged", "no_layer2"} <= set(limits)
    assert JUMP not in [h["host"] for h in far["ledger"]["hosts"]]
    assert far["ledger"]["counted_by"] == "socket"
    sums = sekisho("ledger", through)
    assert f"control connections of vantage management to {JUMP}:{outside.server.port}: 1" in sums.out
    secret = outside.server.key.splitlines()[2].encode()
    assert not [p for p in through.rglob("*") if p.is_file() and secret in p.read_bytes()]
    assert sekisho("replay", through).code == 0


def test_a_wrong_host_key_names_the_vantage(through: Path, outside: Outside) -> None:
    replace_in(through / "engagement.toml", (outside.server.fingerprint, "SHA256:" + "A" * 43))
    done = sekisho("survey", through, env={SECRET: outside.server.key}, before=outside.prefix)
    assert done.code == 3
    assert "management: host key is SHA256:" in done.err
    assert "--resume" in done.err
    japanese = sekisho("survey", through, "--lang", "ja", env={SECRET: outside.server.key}, before=outside.prefix)
    assert "management: 踏み台が示したホスト鍵 SHA256:" in japanese.err
    assert rows(through, "select count(*) from ledger where kind = 'connect'") == [(0,)]
    assert "Accepted" not in outside.server.log.read_text("utf-8")


def test_a_jump_host_out_of_bounds_is_refused(through: Path, outside: Outside) -> None:
    replace_in(through / "engagement.toml", ("[scope]\n", f'[scope]\nexclude = ["{JUMP}"]\n'))
    for options in (("--dry-run",), ()):
        done = sekisho("survey", through, *options, env={SECRET: outside.server.key}, before=outside.prefix)
        assert (done.code, "vantage management" in done.err, "scope.exclude" in done.err) == (4, True, True), done.err
    assert "Connection from" not in outside.server.log.read_text("utf-8")


@pytest.mark.parametrize(
    ("change", "secret", "said"),
    [
        ((f"root@{JUMP}", "root@jump.example.jp"), "x", "names are not looked up"),
        (('\nsecret = "env:', '\n# secret = "env:'), "x", "needs secret"),
        (("", ""), None, f"env:{SECRET} is not at hand"),
        (("", ""), "/nowhere/id_ed25519", "no private key"),
    ],
    ids=["name", "no-secret", "secret-not-at-hand", "no-key"],
)
def test_a_vantage_that_cannot_be_used_is_named_before_anything_is_sent(
    through: Path, outside: Outside, change: tuple[str, str], secret: str | None, said: str
) -> None:
    replace_in(through / "engagement.toml", change)
    planned = sekisho("survey", through, "--dry-run", env={SECRET: secret}, before=outside.prefix)
    assert (planned.code, said in planned.out) == (0, True), planned.out
    assert "at most 0 packets" in planned.out
    done = sekisho("survey", through, env={SECRET: secret}, before=outside.prefix)
    assert (done.code, said in done.err) == (2, True), done.err
    assert "Connection from" not in outside.server.log.read_text("utf-8")


def test_the_plan_announces_what_leaves(through: Path, outside: Outside) -> None:
    env = {SECRET: outside.server.key}
    text = sekisho("survey", through, "--dry-run", env=env, before=outside.prefix)
    assert f"jump host {JUMP}:{outside.server.port}: 1 at most" in text.out
    plan = sekisho("survey", through, "--dry-run", "--json", env=env, before=outside.prefix).json()
    assert {r["jump_host"] for r in plan} == {f"{JUMP}:{outside.server.port}"}
    probes = {p["scanner"] for r in plan for p in r["probes"]}
    assert {"ports", "tls"} <= probes
    assert probes.isdisjoint({"hosts", "snmp", "nmap"}), "TCP connections only"
    assert "Connection from" not in outside.server.log.read_text("utf-8")
    assert sekisho("survey", through, env=env, before=outside.prefix).code == 0
    most = {r["address"]: r["packets"] for r in plan}
    announced = {(r["address"], port) for r in plan for p in r["probes"] for port in p["ports"]}
    asked = set(rows(through, "select address, port from ledger where kind = 'connect'"))
    assert asked
    assert asked <= announced
    sums = {h["host"]: h["packets"] for h in sekisho("ledger", through, "--json").json()}
    assert {a: (n, most[a]) for a, n in sums.items() if n > most[a]} == {}


def test_a_lost_jump_host_is_named_and_the_run_goes_on_later(through: Path, outside: Outside) -> None:
    env = {SECRET: outside.server.key}
    process = start("survey", through, "--close", env=env, before=outside.prefix)
    until(lambda: bool(rows(through, "select 1 from ledger where kind = 'connect'")), process)
    outside.server.signal_all(signal.SIGKILL)
    done = end(process)
    assert (done.code, "management: the jump host was lost" in done.err) == (3, True), done.err
    assert rows(through, "select note from ledger where kind = 'control' order by seq")[-1] == ("lost",)
    ((lost,),) = rows(through, "select at from ledger where kind = 'control' and note = 'lost'")
    moment = sekisho("ledger", through, "--at", f"{lost[:19]}+00:00")
    (line,) = [x for x in moment.out.splitlines() if x.endswith("  lost")]
    assert f"management  control connection SSH {OURS}:" in line
    assert f"→ {JUMP}:{outside.server.port}" in line
    assert "run_open" in {x["id"] for x in report_of(through)["limits"]}
    again = sekisho("survey", through, "--resume", "--close", env=env, before=outside.prefix)
    assert again.code == 0, again.err
    found = report_of(through)
    assert "run_open" not in {x["id"] for x in found["limits"]}
    assert {(s["address"], s["port"]) for s in found["services"]} >= {("198.51.100.10", 443), ("198.51.100.10", 22)}
    assert found["vantages"][0]["control_connections"] == 2
