"""The probe against net-snmp's snmpd on 127.0.0.1, through the real gate."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from scanners.snmp.messages import V2C, build_get
from scanners.snmp.probe import SCANNER
from sekisho.gate.wire import Job
from sekisho.model.attempts import Outcome
from sekisho.model.facts import PortSeen, PortStatus, SnmpSystem
from tests.unit.scanners.fakes import job
from tests.unit.scanners.ports.real_gate import real_gate, through_gate

SNMPD = shutil.which("snmpd", path="/usr/sbin:/usr/local/sbin:/usr/bin")

pytestmark = pytest.mark.skipif(SNMPD is None, reason="needs net-snmp's snmpd")

COMMUNITY = b"kanri-7"


def answers(port: int) -> bool:
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as probe:
        probe.settimeout(0.2)
        probe.connect(("127.0.0.1", port))
        try:
            probe.send(build_get(V2C, COMMUNITY, 1))
            return bool(probe.recv(2048))
        except OSError:
            return False


@pytest.fixture(scope="module")
def agent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    folder = tmp_path_factory.mktemp("snmpd")
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    (folder / "snmpd.conf").write_text(
        f"rocommunity {COMMUNITY.decode()} 127.0.0.1\nsysName kanri-gw\nsysDescr Test agent\n"
    )
    environment = {"SNMP_PERSISTENT_DIR": str(folder), "SNMPCONFPATH": str(folder), "MIBS": ""}
    process = subprocess.Popen(
        [str(SNMPD), "-f", "-C", "-c", str(folder / "snmpd.conf"), "-Ln", f"udp:127.0.0.1:{port}"], env=environment
    )
    deadline = time.monotonic() + 10
    while not answers(port):
        if time.monotonic() > deadline or process.poll() is not None:
            process.kill()
            pytest.skip("snmpd did not start")
    yield port
    process.terminate()
    process.wait()


def snmp_job(port: int, community: bytes) -> Job:
    return job("snmp", port, transport="udp", secrets={"community": community})


async def test_the_system_group_is_read_with_one_packet(agent: int, tmp_path: Path) -> None:
    gate, _ = real_gate(tmp_path)
    wire, reading = await through_gate(SCANNER, snmp_job(agent, COMMUNITY), gate)
    system = reading.facts[-1][1]
    assert reading.outcome is Outcome.OK
    assert isinstance(system, SnmpSystem)
    assert (system.version, system.sysname, system.sysdescr) == ("v2c", "kanri-gw", "Test agent")
    assert system.object_id.startswith("1.3.6.1.4.1.8072.")
    assert gate.pacer.spent("127.0.0.1") == 1
    assert COMMUNITY not in wire.transcript("snmp", 1).to_bytes()


async def test_a_closed_port_is_refused(tmp_path: Path) -> None:
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    gate, _ = real_gate(tmp_path)
    _, reading = await through_gate(SCANNER, snmp_job(port, COMMUNITY), gate)
    assert reading.outcome is Outcome.REFUSED
    assert PortSeen(PortStatus.CLOSED, "connect") in [f for _, f in reading.facts]
