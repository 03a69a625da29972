"""IKE: configurations of strongSwan, and how it is started in a namespace.

A server is started anew for each tool: strongSwan counts what is left half open and asks for cookies from then on, so
that one tool would pay for the one before it.
"""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final, Literal

from lab.devices.authority import Authority
from lab.devices.kind import Place
from lab.devices.strongswan import StrongswanParams, prepare
from tools.benching.bed import run_in
from tools.benching.endpoints.facts import Found

PORT: Final = 500
_STARTS_IN_S: Final = 30.0
_CIPHERS: Final = {"3des": "3des", "aes128": "aes-cbc-128", "aes256": "aes-cbc-256", "aes256gcm16": "aes-gcm-16-256"}
_GROUPS: Final = {"curve25519": "x25519"}
_ENTERS: Final = """mount -t tmpfs none /run
for name in ipsec.conf ipsec.secrets strongswan.conf; do mount --bind "$1/$name" "/etc/$name" || exit 1; done
exec stdbuf --output=L ipsec start --nofork"""
"""strongSwan reads /etc and writes /run: it gets both as its own, so that the machine's stay as they are. Its log goes
out line by line, because the last connection that it loads is waited for."""


@dataclass(frozen=True, slots=True)
class IkeConfiguration:
    """One strongSwan. suites: in its own words, cipher-hash-group; of version 1 no more than two, see the page."""

    name: str
    versions: tuple[Literal["ikev1", "ikev2"], ...]
    suites: tuple[str, ...]
    aggressive: bool = False

    def truth(self) -> Found:
        """Give every fact."""
        facts: set[tuple[str, ...]] = {("exchange", "aggressive")} if self.aggressive else set()
        for version in self.versions:
            number = version.removeprefix("ikev")
            facts.add(("exchange", {"1": "main", "2": "init"}[number]))
            for cipher, digest, group in (s.split("-") for s in self.suites):
                facts.add(("encryption", number, _CIPHERS[cipher]))
                facts.add(("hash", number, digest.removeprefix("prf")))
                facts.add(("group", number, _GROUPS.get(group, group)))
        return frozenset(facts)


IKE: Final = (
    IkeConfiguration("IKE, modern", ("ikev2",), ("aes256gcm16-prfsha256-curve25519", "aes256-sha256-modp2048")),
    IkeConfiguration("IKE, old", ("ikev1",), ("3des-sha1-modp1024", "aes128-sha1-modp1024"), aggressive=True),
    IkeConfiguration("IKE, both", ("ikev1", "ikev2"), ("aes256-sha256-modp2048", "3des-sha1-modp1024")),
)


def is_here() -> bool:
    """Tell whether strongSwan is installed."""
    return shutil.which("ipsec") is not None


@contextmanager
def serving(wanted: IkeConfiguration, folder: Path, authority: Authority, holder: int) -> Iterator[None]:
    """Have strongSwan answer on UDP port 500 of a namespace. Raises: SystemExit with what it said."""
    folder.mkdir(exist_ok=True)
    place = Place("bench", (), PORT, "udp", folder, authority, folder, PurePosixPath(folder))
    prepare(StrongswanParams(versions=wanted.versions, ike=wanted.suites, aggressive=wanted.aggressive), place)
    alone = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
    command = ["nsenter", f"--net=/proc/{holder}/ns/net", *alone, "sh", "-c", _ENTERS, "sh", str(folder)]
    log = folder / "said.log"
    with log.open("wb") as said:
        server = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=said, stderr=said)
    try:
        _wait(server, holder, log, wanted)
        yield
    finally:
        server.kill()
        server.wait()


def _wait(server: subprocess.Popen[bytes], holder: int, log: Path, wanted: IkeConfiguration) -> None:
    """Wait until the port is bound and the last connection is loaded: only then is everything configured answered."""
    end = time.monotonic() + _STARTS_IN_S
    while time.monotonic() < end and server.poll() is None:
        said = log.read_text("utf-8", "replace")
        is_bound = f":{PORT} " in run_in(holder, "ss", "--no-header", "-lnu").stdout
        if is_bound and all(f"added configuration '{v}'" in said for v in wanted.versions):
            return
        time.sleep(0.05)
    msg = f"{wanted.name} does not answer: {log.read_text('utf-8', 'replace')[-500:]}"
    raise SystemExit(msg)
