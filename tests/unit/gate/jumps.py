"""Jump hosts for tests: a real OpenSSH server in a network namespace, and a server of our own that misbehaves."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import asyncssh

from sekisho.gate.jump import Door, Jump
from sekisho.gate.jumpssh import SshJump
from sekisho.gate.namespaces import Namespace
from sekisho.model.engagement import Vantage
from sekisho.model.jump_host import JumpHost
from sekisho.model.subjects import IPAddress
from tests.unit.gate.segment import PEER_V4

PORT = 2222
PASSWORD = "correct horse battery staple"


def why_no_sshd() -> str:
    """Say what keeps an OpenSSH server from being started; "" if nothing does."""
    return "" if shutil.which("sshd", path="/usr/sbin:/sbin") else "needs sshd (openssh-server)"


@dataclass(frozen=True)
class Sshd:
    """A running OpenSSH server. key: PEM text of the private key that may log in as root."""

    address: IPAddress
    port: int
    fingerprint: str
    key: str
    log: Path
    pid: int

    def jump(self, *, fingerprint: str = "", secret: str = "", inside: Namespace | None = None) -> Jump:
        way_in = Door(JumpHost("root", self.address, self.port), fingerprint or self.fingerprint)
        return from_namespace(SshJump(way_in, (secret or self.key).encode()), inside)

    def sessions(self) -> list[int]:
        """Give the processes that serve connections."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text("ascii").split()
        return [int(c) for c in children]

    def signal_all(self, number: int) -> None:
        """Send a signal to the server's sessions and to what they started."""
        for pid in self.sessions():
            for child in Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split():
                os.kill(int(child), number)
            os.kill(pid, number)


def from_namespace(jump: Jump, inside: Namespace | None) -> Jump:
    """Let the control connection leave from a namespace of the test."""
    if inside is not None:
        jump.namespace = inside
    return jump


@contextmanager
def sshd(folder: Path, where: Path | None, *lines: str, address: IPAddress = PEER_V4) -> Iterator[Sshd]:
    """Run OpenSSH in a network namespace, with keys and configuration of its own."""
    folder.mkdir()
    host, user = (asyncssh.generate_private_key("ssh-ed25519") for _ in range(2))
    host.write_private_key(folder / "host")
    (folder / "host").chmod(0o600)
    user.write_public_key(folder / "authorized")
    log = folder / "log"
    config = (
        f"Port {PORT}", f"ListenAddress {address}", f"HostKey {folder}/host", f"AuthorizedKeysFile {folder}/authorized",
        "StrictModes no", "UsePAM no", "PermitRootLogin yes", "PidFile none", "LogLevel VERBOSE", *lines,
    )  # fmt: skip
    (folder / "config").write_text("\n".join(config) + "\n", "utf-8")
    # a /run of its own: sshd wants /run/sshd, and the machine's is none of our business
    run = f"mount -t tmpfs tmpfs /run && mkdir /run/sshd && exec /usr/sbin/sshd -D -E {log} -f {folder}/config"
    command = ["nsenter", f"--net={where}", "unshare", "--mount", "sh", "-c", run]
    server = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        _wait_for(log, "Server listening", server)
        key = user.export_private_key().decode()
        yield Sshd(address, PORT, host.get_fingerprint("sha256"), key, log, server.pid)
    finally:
        server.send_signal(signal.SIGTERM)
        server.communicate(timeout=10)


def _wait_for(log: Path, words: str, server: subprocess.Popen[str]) -> None:
    limit = time.monotonic() + 10
    while not (log.is_file() and words in log.read_text("utf-8")):
        assert server.poll() is None, server.communicate()[1]
        assert time.monotonic() < limit, "sshd does not listen"
        time.sleep(0.01)


def jump_vantage(jump: Jump, name: str = "far") -> Vantage:
    """Describe a jump as the engagement would."""
    host = jump.door.host
    return Vantage(name, "vendor", via=f"ssh://{host.user}@{host}", host_key=jump.door.fingerprint, secret="env:UNUSED")


@dataclass
class Odd(asyncssh.SSHServer):
    """A server that counts what is tried, and answers to channels as told. pauses_s: before it connects."""

    tried: list[str] = field(default_factory=list)
    users: list[str] = field(default_factory=list)
    pauses_s: float = 0.0
    refuses: tuple[int, str] | None = None
    connections: list[asyncssh.SSHServerConnection] = field(default_factory=list)
    fingerprint: str = ""
    port: int = 0

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self.connections.append(conn)

    def begin_auth(self, username: str) -> bool:
        self.users.append(username)
        return True

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        self.tried.append(password)
        return password == PASSWORD

    async def _connected(self, host: str, port: int) -> Any:
        await asyncio.sleep(self.pauses_s)
        return await self.connections[-1].forward_connection(host, port)

    def connection_requested(self, dest_host: str, dest_port: int, orig_host: str, orig_port: int) -> Any:
        if self.refuses is not None:
            raise asyncssh.ChannelOpenError(*self.refuses)
        return self._connected(dest_host, dest_port)

    def jump(self, secret: str = PASSWORD, *, fingerprint: str = "") -> Jump:
        host = JumpHost("surveyor", ip_address("127.0.0.2"), self.port)
        return SshJump(Door(host, fingerprint or self.fingerprint), secret.encode())


@asynccontextmanager
async def odd(**settings: object) -> AsyncIterator[Odd]:
    """Run our own server on loopback."""
    key = asyncssh.generate_private_key("ssh-ed25519")
    made = Odd(**settings)  # type: ignore[arg-type]
    server = await asyncssh.create_server(lambda: made, "127.0.0.2", 0, server_host_keys=[key])
    made.port, made.fingerprint = server.get_port(), key.get_fingerprint("sha256")
    try:
        yield made
    finally:
        server.close()
        await server.wait_closed()
