"""A host that is open everywhere: the rules, and the kernel that follows them."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from lab import nft
from lab.devices.open_everywhere.redirect import redirect_rules
from tests.unit.lab.devices.starting import Make, served
from tests.unit.lab.drivers.lab_calls import REPOSITORY

# Serves the kind at one address of a namespace of its own, beside a service that keeps its port, and asks ports.
TRY = """
import asyncio, json, socket, struct, fcntl, sys
from datetime import datetime, UTC
from pathlib import Path
from lab.devices.authority import new_authority
from lab.devices.kind import Site
from lab.devices.registry import kinds
from pyroute2 import IPRoute

with IPRoute() as netlink:
    netlink.link("set", index=netlink.link_lookup(ifname="lo")[0], state="up")

def ask(address, port):
    sock = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
    sock.settimeout(0.5)
    try:
        sock.connect((address, port))
        return (sock.recv(10) or b"closed").decode()
    except TimeoutError:
        return "silent"
    except OSError as refused:
        return type(refused).__name__
    finally:
        sock.close()

async def main(address):
    site = Site("wall", address, 1, "tcp", Path("."), new_authority(Path("keys")))
    other = Site("wall", address, 2222, "tcp", Path("."), new_authority(Path("keys")))
    for _ in range(2):
        running = await kinds()["open_everywhere"].serve(kinds()["open_everywhere"].params(except_ports=[2222]), site)
        running.close()
    await kinds()["open_everywhere"].serve(kinds()["open_everywhere"].params(except_ports=[2222]), site)
    await kinds()["raw"].serve(kinds()["raw"].params(banner="hello"), other)
    ports = (1, 2, 22, 2222, 40000, 65535)
    return [await asyncio.to_thread(ask, address, port) for port in ports]

neighbour = ask("127.9.9.8", 22)
print(json.dumps([asyncio.run(main(address)) for address in ("127.9.9.9", "::1")] + [neighbour]))
"""
NAMESPACE = ["unshare", "--user", "--map-root-user", "--net"]


def test_rules_leave_out_the_service_itself_and_the_named_ports() -> None:
    rules = redirect_rules("192.0.2.5", 7, (443, 22))
    assert "ip daddr 192.0.2.5 tcp dport != { 7, 22, 443 } dnat to 192.0.2.5:7" in rules
    assert {line.split()[-3] for line in rules.splitlines() if "type nat hook" in line} == {"prerouting", "output"}
    assert "ip6 daddr 2001:db8::5 tcp dport != { 7 } dnat to [2001:db8::5]:7" in redirect_rules("2001:db8::5", 7, ())


async def test_a_missing_program_is_told(make_site: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nft, "PROGRAMS", ("no-such-program",))
    with pytest.raises(nft.NftError, match="nft"):
        async with served("open_everywhere", make_site()):
            pass


@pytest.mark.lab
def test_every_port_answers_and_the_others_keep_theirs() -> None:
    if nft.find_program() is None or subprocess.run([*NAMESPACE, "true"], check=False, capture_output=True).returncode:
        pytest.skip("needs nft and a network namespace")
    done = subprocess.run(
        [*NAMESPACE, sys.executable, "-c", TRY],
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": REPOSITORY, "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"},
    )
    assert done.returncode == 0, done.stderr
    expected = ["silent", "silent", "silent", "hello", "silent", "silent"]
    assert json.loads(done.stdout) == [expected, expected, "ConnectionRefusedError"]
