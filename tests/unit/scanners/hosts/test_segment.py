"""Two namespaces of our own on one virtual cable: real ARP, ND, echo and SYN through the real gate."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path

import pytest

from scanners.hosts.probe import SCANNER
from scanners.ports.probe import SCANNER as PORTS
from sekisho.gate.namespaces import Namespace
from sekisho.gate.wire import Job
from sekisho.model.attempts import Outcome
from sekisho.model.facts import HostAnswered, PortSeen, PortStatus
from sekisho.model.subjects import host
from sekisho.model.tiers import Tier
from tests.unit.scanners.fakes import target
from tests.unit.scanners.ports.real_gate import real_gate, through_gate

MAC = "02:00:00:00:00:02"

pytestmark = [
    pytest.mark.privileged,
    pytest.mark.skipif(os.geteuid() != 0 or shutil.which("ip") is None, reason="needs root and ip(8)"),
]


class Room:
    """A network namespace that lives as long as a process of ours that only sits in it."""

    def __init__(self) -> None:
        self._holder = subprocess.Popen(["unshare", "--net", "cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self._holder.stdin is not None
        assert self._holder.stdout is not None
        self._holder.stdin.write(b"\n")
        self._holder.stdin.flush()
        if not self._holder.stdout.readline():  # the echo comes once cat runs, and cat runs inside
            pytest.skip("network namespaces can't be made here")
        self.pid = self._holder.pid
        self.namespace = Namespace(Path(f"/proc/{self.pid}/ns/net"))

    def ip(self, command: str) -> str:
        inside = ["nsenter", f"--net={self.namespace.path}", "ip", *command.split()]
        return subprocess.run(inside, check=True, capture_output=True, text=True).stdout

    def wait_until_up(self, link: str) -> None:
        """The kernel joins a link's IPv6 groups only once it has noticed the carrier."""
        deadline = time.monotonic() + 10
        while "state UP" not in self.ip(f"link show dev {link}") or "tentative" in self.ip("-6 addr"):
            if time.monotonic() > deadline:
                pytest.skip(f"{link} did not come up")

    def close(self) -> None:
        self._holder.communicate()


@pytest.fixture(scope="module")
def segment() -> Iterator[Namespace]:
    ours, theirs = Room(), Room()
    try:
        ours.ip(f"link add a0 address 02:00:00:00:00:01 type veth peer name b0 address {MAC} netns {theirs.pid}")
        for room, link, last in ((ours, "a0", 1), (theirs, "b0", 2)):
            room.ip(f"addr add 192.0.2.{last}/24 dev {link}")
            room.ip(f"addr add 2001:db8::{last}/64 dev {link} nodad")
            room.ip(f"link set {link} up")
        ours.wait_until_up("a0")
        theirs.wait_until_up("b0")
        yield ours.namespace
    finally:
        ours.close()
        theirs.close()


def job(address: str, *ports: int, tier: Tier = Tier.T1, method: str = "connect") -> Job:
    targets = tuple(target(port, address=address, tier=tier) for port in ports or (0,))
    return Job("test", "hosts", host(ip_address(address)), "management", targets, {"method": method})


@pytest.mark.parametrize(("address", "how"), [("192.0.2.2", "arp"), ("2001:db8::2", "nd")])
async def test_a_neighbour_answers_one_frame(segment: Namespace, tmp_path: Path, address: str, how: str) -> None:
    gate, _ = real_gate(tmp_path, namespace=segment)
    _, reading = await through_gate(SCANNER, job(address), gate)
    assert reading.outcome is Outcome.OK
    assert reading.facts == ((host(ip_address(address)), HostAnswered(how, MAC)),)
    assert gate.pacer.spent(address) == 1


@pytest.mark.parametrize("address", ["192.0.2.3", "2001:db8::3"])
async def test_a_silent_neighbour_is_gone(segment: Namespace, tmp_path: Path, address: str) -> None:
    gate, _ = real_gate(tmp_path, namespace=segment)
    _, reading = await through_gate(SCANNER, job(address), gate)
    assert (reading.outcome, reading.facts) == (Outcome.HOST_GONE, ())


@pytest.mark.parametrize("address", ["192.0.2.2", "2001:db8::2"])
async def test_echo_is_answered(segment: Namespace, tmp_path: Path, address: str) -> None:
    gate, _ = real_gate(tmp_path, namespace=segment)
    given = job(address, tier=Tier.T2)
    wire = gate.wire(given, None)
    assert await wire.echo(given.target)
    reading = SCANNER.read(wire.transcript("hosts", 1))
    assert reading.facts == ((host(ip_address(address)), HostAnswered("icmp")),)


@pytest.mark.parametrize("address", ["192.0.2.2", "2001:db8::2"])
async def test_a_syn_to_a_closed_port_is_refused(segment: Namespace, tmp_path: Path, address: str) -> None:
    gate, _ = real_gate(tmp_path, namespace=segment)
    _, reading = await through_gate(PORTS, job(address, 4001, 4002, tier=Tier.T2, method="syn"), gate)
    seen = [f for _, f in reading.facts if isinstance(f, PortSeen)]
    assert seen == [PortSeen(PortStatus.CLOSED, "syn")] * 2
