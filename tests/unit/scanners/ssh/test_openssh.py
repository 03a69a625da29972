"""The probe against a real OpenSSH server on 127.0.0.1."""

from __future__ import annotations

import asyncio
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from scanners.greeting.probe import SCANNER as GREETING
from scanners.ssh.probe import SCANNER
from sekisho.model.attempts import Outcome
from sekisho.model.facts import Greeting, SshHostKey, SshOffer
from tests.unit.scanners.fakes import FakeWire, Loopback, job

SSHD = shutil.which("sshd", path="/usr/sbin:/usr/local/sbin:/usr/bin")
KEYGEN = shutil.which("ssh-keygen")
RUN_DIRECTORY = Path("/run/sshd")

pytestmark = pytest.mark.skipif(
    not (SSHD and KEYGEN and RUN_DIRECTORY.is_dir()), reason="needs OpenSSH's sshd, ssh-keygen and /run/sshd"
)


def free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as probe:
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("keys")
    made = {}
    for name, options in (("rsa", ["-b", "2048"]), ("ed25519", []), ("ecdsa", ["-b", "384"])):
        made[name] = folder / name
        subprocess.run([str(KEYGEN), "-q", "-t", name, *options, "-N", "", "-f", str(made[name])], check=True)
    return made


@pytest.fixture
def daemon(tmp_path: Path, keys: dict[str, Path], request: pytest.FixtureRequest) -> Iterator[int]:
    port = free_port()
    lines = [f"ListenAddress 127.0.0.1:{port}", "PidFile none", *(f"HostKey {path}" for path in keys.values())]
    (tmp_path / "sshd_config").write_text("\n".join([*lines, *getattr(request, "param", [])]))
    process = subprocess.Popen(
        [str(SSHD), "-D", "-e", "-f", str(tmp_path / "sshd_config")], stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    for line in process.stderr:
        if "Server listening" in line:
            break
    else:
        pytest.skip("sshd did not start")
    yield port
    process.terminate()
    process.communicate()


async def look(port: int) -> tuple[SshOffer, list[SshHostKey], Outcome]:
    wire = FakeWire(job("ssh", port), Loopback(), timeout_s=5.0)
    await SCANNER.run(wire.job, wire)
    reading = SCANNER.read(wire.transcript())
    offer, *keys = [f for _, f in reading.facts]
    assert isinstance(offer, SshOffer)
    return offer, [k for k in keys if isinstance(k, SshHostKey)], reading.outcome


def fingerprint(path: Path) -> str:
    out = subprocess.run([str(KEYGEN), "-lf", f"{path}.pub"], check=True, capture_output=True, text=True).stdout
    return out.split()[1].removeprefix("SHA256:")


async def test_default_server(daemon: int, keys: dict[str, Path]) -> None:
    offer, found, outcome = await look(daemon)
    assert outcome is Outcome.OK
    assert offer.software.startswith("OpenSSH_")
    assert offer.rsa_bits == 2048
    assert {k.sha256 for k in found} == {fingerprint(path) for path in keys.values()}
    assert {(k.key_type, k.key_bits) for k in found} == {
        ("ssh-rsa", 2048), ("ssh-ed25519", 256), ("ecdsa-sha2-nistp384", 384)
    }  # fmt: skip


OLD = [
    "KexAlgorithms diffie-hellman-group1-sha1,diffie-hellman-group14-sha1",
    "Ciphers 3des-cbc,aes128-cbc",
    "MACs hmac-md5",
]


@pytest.mark.parametrize("daemon", [OLD], indirect=True)
async def test_old_lists_are_read_in_order(daemon: int) -> None:
    offer, found, _ = await look(daemon)
    assert [k for k in offer.kex if "strict" not in k and "ext-info" not in k] == OLD[0].split()[1].split(",")
    assert (offer.ciphers, offer.macs) == (("3des-cbc", "aes128-cbc"), ("hmac-md5",))
    assert len(found) == 3


async def test_its_greeting_is_ssh(daemon: int) -> None:
    wire = FakeWire(job("greeting", daemon), Loopback())
    await asyncio.wait_for(GREETING.run(wire.job, wire), 10)
    ((_, greeting),) = GREETING.read(wire.transcript()).facts
    assert isinstance(greeting, Greeting)
    assert (greeting.protocol, greeting.text[:16]) == ("ssh", "SSH-2.0-OpenSSH_")
