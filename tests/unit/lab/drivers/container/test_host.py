"""What a host runs, and how the lab learns that it listens or has ended."""

from __future__ import annotations

import subprocess
import threading
from datetime import date
from pathlib import Path

import pytest

from lab.devices.authority import Authority
from lab.drivers.container import host as host_module
from lab.drivers.container.host import PreparedHost, prepare_host
from lab.drivers.container.plan import make_plan
from lab.drivers.container.waiting import port_of
from lab.drivers.driver import Stage
from lab.errors import LabError
from lab.scenario.load import load_scenario
from lab.work import Work

HOST = """
schema = 1
id = "one"
drivers = ["container"]
[[segment]]
name = "lan"
ipv4 = "192.0.2.0/25"
[[host]]
name = "box"
legs = [{{ segment = "lan", ipv4 = "192.0.2.1" }}]
{services}
"""


def prepared(corner: Path, authority: Authority, services: str) -> PreparedHost:
    (corner / "scenario.toml").write_text(HOST.format(services=services), encoding="utf-8")
    scenario = load_scenario(corner, today=date(2026, 11, 21))
    stage = Stage(scenario, Work(corner), "lab-one")
    return prepare_host(stage, scenario.host[0], make_plan(scenario).hosts["box"], authority)


def test_real_software_and_services_of_ours_are_told_apart(corner: Path, authority: Authority) -> None:
    services = 'service = [{ kind = "openvpn", port = 1194, transport = "udp" }, { kind = "http", port = 80 }]'
    box = prepared(corner, authority, services)
    assert [running.service.kind for running in box.software] == ["openvpn"]
    assert [service.kind for service in box.imitated] == ["http"]
    order = box.order("image", "lab-one")
    assert (order.network, order.name, order.devices) == ("none", "lab-one-box", ["/dev/net/tun"])
    assert "NET_ADMIN" in order.capabilities
    assert order.labels == {"sekisho.lab": "lab-one"}
    assert (box.folder / "0-openvpn" / "key.pem").stat().st_mode & 0o777 == 0o600


def test_a_leg_that_a_kind_needs_and_the_host_has_not_is_named(corner: Path, authority: Authority) -> None:
    vrrp = 'service = [{ kind = "vrrp", params = { segment = "wan", address = "192.0.2.9" } }]'
    with pytest.raises(LabError) as refused:
        prepared(corner, authority, vrrp)
    assert "wan" in refused.value.render("en")


def test_programs_start_when_the_network_is_there_and_leave_a_mark_when_they_end(
    corner: Path, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(host_module, "TAIL", "wait\n")
    monkeypatch.setattr(host_module, "INSIDE", corner / ".lab" / "hosts" / "box")
    monkeypatch.setattr(host_module, "HEAD", f"#!/bin/sh\nread -r _ < {corner / '.lab' / 'hosts' / 'box' / 'go'}\n")
    box = prepared(corner, authority, 'service = [{ kind = "redis", port = 6379 }]')
    script = box.folder / "start.sh"
    text = script.read_text(encoding="utf-8")
    assert "redis-server " in text
    script.write_text(text.replace("redis-server ", "echo no such program; false "), encoding="utf-8")
    started = subprocess.Popen(["/bin/sh", script])
    assert box.ended(box.software[0]) is None
    threading.Thread(target=box.go).start()
    assert started.wait(10) == 0
    assert box.ended(box.software[0]) == "no such program"


def test_a_port_is_read_from_the_kernels_table() -> None:
    line = "   0: 00000000:01BB 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1234"
    assert port_of(line) == 443
    six = "   1: 00000000000000000000000000000000:0050 00000000000000000000000000000000:0000 0A"
    assert port_of(six) == 80
