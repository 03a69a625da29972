"""The probe against a real OpenSSH server on 127.0.0.1."""

from __future__ import annotations

import asyncio
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from scanners.greeting.probe import SCANNER as GREETING
from scanners.ssh.probe import SCANNER
from sekisho.model.attempts import Outcome
from sekisho.model.facts import Greeting
from sekisho.model.ssh_facts import STRICT_KEX, SshHostKey, SshOffer
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


@dataclass(frozen=True)
class Settings:
    """What is written into sshd_config; empty = OpenSSH's own."""

    kex: str = ""
    ciphers: str = ""
    macs: str = ""
    host_keys: str = ""

    def lines(self) -> list[str]:
        named = {"KexAlgorithms": self.kex, "Ciphers": self.ciphers, "MACs": self.macs}
        return [
            *(f"{name} {value}" for name, value in (named | {"HostKeyAlgorithms": self.host_keys}).items() if value),
            "RequiredRSASize 1024",
        ]


AEAD = "chacha20-poly1305@openssh.com,aes256-gcm@openssh.com"
SETTINGS = {
    "own": Settings(),
    "hardened": Settings("curve25519-sha256", AEAD, "hmac-sha2-512-etm@openssh.com", "ssh-ed25519"),
    "nist curves": Settings("ecdh-sha2-nistp521,ecdh-sha2-nistp384", "aes256-ctr", "hmac-sha2-256"),
    "post-quantum alone": Settings("sntrup761x25519-sha512@openssh.com"),
    "group exchange alone": Settings("diffie-hellman-group-exchange-sha256", "aes128-ctr", "hmac-sha1"),
    "old group exchange": Settings("diffie-hellman-group-exchange-sha1", "aes128-cbc,3des-cbc", "hmac-sha1-96"),
    "large groups": Settings("diffie-hellman-group18-sha512,diffie-hellman-group16-sha512"),
    "group 1": Settings("diffie-hellman-group1-sha1", "3des-cbc", "hmac-md5", "ssh-rsa"),
    "SHA-1 signatures": Settings("diffie-hellman-group14-sha1", "aes128-ctr", "hmac-sha1", "ssh-rsa"),
    "CBC and EtM": Settings("curve25519-sha256", "aes256-cbc,aes128-cbc", "hmac-sha2-256-etm@openssh.com"),
    "short MACs": Settings("curve25519-sha256", "aes128-ctr", "hmac-md5-96,umac-64@openssh.com"),
    "two kinds of keys": Settings(host_keys="rsa-sha2-256,ecdsa-sha2-nistp384"),
}
KEY_OF = {"rsa-sha2-256": "rsa", "ssh-rsa": "rsa", "ssh-ed25519": "ed25519", "ecdsa-sha2-nistp384": "ecdsa"}


@pytest.mark.parametrize(
    ("daemon", "settings"),
    [pytest.param(s.lines(), s, id=name) for name, s in SETTINGS.items()],
    indirect=["daemon"],
)
async def test_what_is_configured_is_what_is_read(daemon: int, settings: Settings, keys: dict[str, Path]) -> None:
    wire = FakeWire(job("ssh", daemon), Loopback(), timeout_s=5.0)
    await SCANNER.run(wire.job, wire)
    offer, *found = [f for _, f in SCANNER.read(wire.transcript()).facts]
    assert isinstance(offer, SshOffer)
    exchanges = [k for k in offer.kex if k not in {STRICT_KEX, "ext-info-s"}]
    for configured, read in (
        (settings.kex, exchanges), (settings.ciphers, offer.to_client.ciphers), (settings.macs, offer.to_client.macs),
        (settings.host_keys, offer.host_keys),
    ):  # fmt: skip
        assert list(read) == configured.split(",") or (not configured and read)
    assert offer.to_client == offer.to_server
    wanted = {KEY_OF[name] for name in settings.host_keys.split(",") if name} or set(keys)
    assert {k.sha256 for k in found if isinstance(k, SshHostKey)} == {fingerprint(keys[name]) for name in wanted}
    assert wire.connects == len(wanted)


async def test_its_greeting_is_ssh(daemon: int) -> None:
    wire = FakeWire(job("greeting", daemon), Loopback())
    await asyncio.wait_for(GREETING.run(wire.job, wire), 10)
    ((_, greeting),) = GREETING.read(wire.transcript()).facts
    assert isinstance(greeting, Greeting)
    assert (greeting.protocol, greeting.text[:16]) == ("ssh", "SSH-2.0-OpenSSH_")
