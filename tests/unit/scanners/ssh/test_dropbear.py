"""The probe against a real Dropbear on 127.0.0.1: another implementation, as small network devices have it."""

from __future__ import annotations

import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from scanners.ssh.hostkey import one_per_key
from scanners.ssh.probe import SCANNER
from sekisho.model.ssh_facts import SshHostKey, SshOffer
from tests.unit.scanners.fakes import FakeWire, Loopback, job

SERVER = shutil.which("dropbear", path="/usr/sbin:/usr/local/sbin:/usr/bin")
KEYS = shutil.which("dropbearkey")

pytestmark = pytest.mark.skipif(not (SERVER and KEYS), reason="needs Dropbear's dropbear and dropbearkey")


@contextmanager
def dropbear(folder: Path, *kinds: tuple[str, str]) -> Iterator[tuple[int, set[str]]]:
    """Run a server with these (type, bits); give its port and the fingerprints of its keys."""
    with closing(socket.create_server(("127.0.0.1", 0))) as probe:
        port = int(probe.getsockname()[1])
    command, prints = [str(SERVER), "-F", "-E", "-p", f"127.0.0.1:{port}", "-P", str(folder / "pid")], set()
    for kind, bits in kinds:
        path = str(folder / kind)
        made = [str(KEYS), "-t", kind, "-f", path, *(["-s", bits] if bits else [])]
        out = subprocess.run(made, check=True, capture_output=True, text=True).stdout
        prints |= {word.removeprefix("SHA256:") for word in out.split() if word.startswith("SHA256:")}
        command += ["-r", path]
    process = subprocess.Popen(command, stderr=subprocess.PIPE)
    try:
        assert process.stderr is not None
        process.stderr.readline()  # "Not backgrounding": it listens
        yield port, prints
    finally:
        process.terminate()
        process.communicate()


@pytest.mark.parametrize(
    "kinds",
    [
        (("rsa", "1024"),),
        (("ed25519", ""),),
        (("rsa", "2048"), ("ecdsa", "384"), ("ed25519", "")),
    ],
    ids=["short RSA", "Ed25519", "three kinds"],
)
async def test_keys_and_lists_are_read(kinds: tuple[tuple[str, str], ...], tmp_path: Path) -> None:
    with dropbear(tmp_path, *kinds) as (port, prints):
        wire = FakeWire(job("ssh", port), Loopback(), timeout_s=5.0)
        await SCANNER.run(wire.job, wire)
    offer, *keys = [f for _, f in SCANNER.read(wire.transcript()).facts]
    assert isinstance(offer, SshOffer)
    assert offer.software.startswith("dropbear_")
    assert offer.ciphers
    assert offer.macs
    assert len(prints) == len(kinds)
    assert {k.sha256 for k in keys if isinstance(k, SshHostKey)} == prints
    assert wire.connects == len(one_per_key(offer.host_keys))  # it also offers RSA without having such a key
    assert offer.rsa_bits == int(dict(kinds).get("rsa", "0"))
