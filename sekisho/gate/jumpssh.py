"""Jump hosts: an SSH server opens TCP connections on our behalf. The only module that knows asyncssh (ADR 0018).

Nothing is installed or started on the jump host: each connection is a direct-tcpip channel (RFC 4254, 7.2). The host
key is compared with the pinned fingerprint before anything that names us, the user name included, is sent. Whatever the
user's own SSH set-up holds (agent, keys, known hosts, configuration) is left out.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections.abc import Callable
from ipaddress import ip_address
from typing import Any, Final

import asyncssh

from sekisho.errors import ProbeError, UsageError
from sekisho.gate.jump import Door, ForbiddenError, Jump, JumpFailed, NotOpened
from sekisho.gate.pacing import GateRefused, Stopped
from sekisho.gate.sockets import family_of
from sekisho.messages import Sentence
from sekisho.model.attempts import Outcome
from sekisho.model.jump_host import JumpHost
from sekisho.model.subjects import IPAddress

_LOGIN_S: Final = 20.0
_ANSWERS_S: Final = 5.0  # a jump host that does not answer a keep-alive for so long is lost
_KEEPALIVE_S: Final = 15
_CLOSES_S: Final = 2.0
_WINDOW: Final = (
    32768  # what a peer may say before it is read; what the jump host's kernel takes beyond, we can't bound
)
_KEY_BEGINS: Final = "-----BEGIN "
_HOST_KEY_ALGORITHMS: Final = (
    "ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "rsa-sha2-512", "rsa-sha2-256",
)  # fmt: skip
_ORIGIN: Final = ("127.0.0.1", 0)  # RFC 4254 wants the asker's address; ours is no business of the jump host's log
_NO_WAY: Final = "network is unreachable"
_NOT_BEGUN: Final = "open failed"  # OpenSSH's words when its kernel refused at once: no route, so nothing left
_SAID: Final = {
    "connection refused": Outcome.REFUSED,
    "connection reset by peer": Outcome.REFUSED,
    "connection timed out": Outcome.TIMEOUT,
    "no route to host": Outcome.HOST_GONE,
    _NO_WAY: Outcome.HOST_GONE,
    "host is down": Outcome.HOST_GONE,
}
"""What jump hosts say (the C library's words for the error of connect) → what it means. Anything else says nothing."""


class _Client(asyncssh.SSHClient):
    """Watches one control connection. shown: fingerprint of the key that the server showed."""

    def __init__(self, pinned: str, gone: Callable[[], None]) -> None:
        """Take the pinned fingerprint and whom to tell of the end."""
        self._pinned, self._gone = pinned, gone
        self.shown = ""

    def validate_host_public_key(self, host: str, addr: str, port: int, key: asyncssh.SSHKey) -> bool:  # noqa: ARG002 - asyncssh's signature
        """Compare what the server showed with what was pinned."""
        self.shown = key.get_fingerprint("sha256")
        return self.shown == self._pinned

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncssh's signature
        """Tell of the end."""
        self._gone()


class _Channel:
    """One TCP connection that the jump host holds for us."""

    def __init__(self, jump: SshJump, reader: asyncssh.SSHReader[bytes], writer: asyncssh.SSHWriter[bytes]) -> None:
        """Take over an open channel."""
        self._jump, self._reader, self._writer = jump, reader, writer

    async def read(self, limit: int) -> bytes:
        """Wait for bytes; b"" when the peer closed or reset: the two look alike from here. Raises: Stopped."""
        try:
            data = await self._reader.read(limit)
        except (asyncssh.Error, OSError):
            data = b""
        if not data:
            self._jump.need()
        return data

    async def write(self, data: bytes) -> None:
        """Send all of data. Raises: OSError when the peer is gone; Stopped."""
        try:
            self._writer.write(data)
            await self._writer.drain()
        except (asyncssh.Error, OSError) as error:
            self._jump.need()
            raise ConnectionResetError from error

    def end(self) -> None:
        """Close our side (FIN). Raises: OSError when the peer is gone."""
        self._writer.write_eof()

    def drop(self) -> None:
        """Have the jump host close the connection at once; what nobody read makes its kernel send a reset."""
        self._writer.channel.abort()


class SshJump(Jump):
    """The control connection to one jump host, over SSH."""

    def __init__(self, way_in: Door, secret: bytes) -> None:
        """Take the way in and its secret (a password, a private key, or the absolute path of one); nothing is sent.

        Raises: UsageError when a key can't be read; it never repeats the secret.
        """
        super().__init__(way_in)
        self._credentials = _credentials(secret.decode("utf-8"))
        self._connection: asyncssh.SSHClientConnection | None = None
        self._refused = ""
        self._lost: Callable[[], None] | None = None
        self._late: set[asyncio.Task[Any]] = set()

    @property
    def refused(self) -> str:
        """Why this jump host is not asked again: one failed login is never retried; "" while it may be asked."""
        return self._refused

    async def open(self, lost: Callable[[], None]) -> tuple[str, int]:
        """Log in; give our own address and port. lost: called when the connection ends without our doing.

        Raises: JumpFailed.
        """
        if self._refused:
            raise JumpFailed(self._refused)
        logging.getLogger("asyncssh").setLevel(logging.WARNING)  # its own log tells every channel; ours does already
        client = _Client(self.door.fingerprint, self._on_gone)
        host = self.door.host
        try:
            async with asyncio.timeout(_LOGIN_S):
                sock = self.namespace.socket(family_of(host.address), socket.SOCK_STREAM)
                try:
                    await asyncio.get_running_loop().sock_connect(sock, (str(host.address), host.port))
                    ours = sock.getsockname()
                    connection = await _log_in(sock, client, host, self._credentials)
                except BaseException:
                    sock.close()
                    raise
        except asyncssh.HostKeyNotVerifiable as error:
            key = "cli.jump.host_key" if client.shown else "cli.jump.no_host_key"
            self._refused = Sentence(key, shown=client.shown, pinned=self.door.fingerprint)
            raise JumpFailed(self._refused) from error
        except asyncssh.PermissionDenied as error:
            self._refused = Sentence("cli.jump.login")
            raise JumpFailed(self._refused) from error
        except TimeoutError as error:
            raise JumpFailed(Sentence("cli.jump.slow", seconds=f"{_LOGIN_S:.0f}")) from error
        except (asyncssh.Error, OSError) as error:
            raise JumpFailed(Sentence("cli.jump.no_connection", why=f"{error!s:.200}")) from error
        self._connection, self._lost = connection, lost
        return str(ours[0]), int(ours[1])

    def _on_gone(self) -> None:
        """Tell of an end that we did not ask for, once."""
        lost, self._lost, self._connection = self._lost, None, None
        if lost is not None:
            lost()

    def need(self) -> asyncssh.SSHClientConnection:
        """Give the connection. Raises: Stopped when it is lost, so that nothing is said of any target."""
        if self._connection is None:
            raise Stopped
        return self._connection

    async def assure(self) -> None:
        """Make sure that the jump host still answers: only then a silence is the target's. Raises: Stopped."""
        connection = self.need()
        try:
            async with asyncio.timeout(_ANSWERS_S):
                # asyncssh has no public round trip; a lost connection answers too, as a failure
                await connection._make_global_request(b"keepalive@openssh.com")  # noqa: SLF001
        except TimeoutError:
            connection.abort()
            self._on_gone()
        self.need()

    async def connect(self, address: IPAddress, port: int, timeout_s: float) -> _Channel:
        """Have one TCP connection opened.

        Raises: NotOpened; GateRefused when there is no way from there; ProbeError when the answer says nothing of the
        target; TimeoutError when our patience ends (the jump host goes on trying, which no message of SSH can stop);
        Stopped when the jump host is lost.
        """
        connection = self.need()
        opening = asyncio.create_task(
            connection.open_connection(str(address), port, *_ORIGIN, window=_WINDOW, max_pktsize=_WINDOW)
        )
        try:
            async with asyncio.timeout(timeout_s):
                reader, writer = await asyncio.shield(opening)
        except asyncssh.ChannelOpenError as error:
            self.need()
            raise self._not_opened(address, port, error) from error
        except asyncssh.Error as error:
            self.need()
            why = {"address": address, "port": port, "why": f"{error!s:.100}"}
            raise ProbeError(Sentence("cli.jump.broken_off", **why)) from error
        except BaseException:  # not cancelled: an answer to a channel that asyncssh has forgotten ends the connection
            self._late.add(opening)
            opening.add_done_callback(self._drop_late)
            raise
        return _Channel(self, reader, writer)

    def _not_opened(self, address: IPAddress, port: int, error: asyncssh.ChannelOpenError) -> Exception:
        """Give what a refused channel means: NotOpened, GateRefused or ProbeError."""
        said = error.reason.strip().rstrip(".")
        if error.code == asyncssh.OPEN_ADMINISTRATIVELY_PROHIBITED:
            return ForbiddenError(Sentence("cli.jump.forbidden", address=address, port=port))
        by_openssh = "OpenSSH" in str(self.need().get_extra_info("server_version"))
        if by_openssh and said == _NOT_BEGUN:
            return GateRefused(Outcome.NOT_TRIED, Sentence("cli.jump.no_way", address=address))
        for words, outcome in _SAID.items():
            # OpenSSH says it only when told so from afar; another may say it when its own kernel has no route
            if said.lower().endswith(words) and (by_openssh or words != _NO_WAY):
                return NotOpened(outcome, said)
        return ProbeError(Sentence("cli.jump.unsaid", address=address, port=port, words=f"{said!r:.100}"))

    def _drop_late(self, opening: asyncio.Task[Any]) -> None:
        """Close a connection that came to be after we had given it up."""
        self._late.discard(opening)
        if not opening.cancelled() and opening.exception() is None:
            opening.result()[1].channel.abort()

    async def close(self) -> None:
        """Log out."""
        connection, self._connection, self._lost = self._connection, None, None
        if connection is None:
            return
        connection.close()
        try:
            async with asyncio.timeout(_CLOSES_S):
                await connection.wait_closed()
        except (TimeoutError, asyncssh.Error, OSError):
            connection.abort()
        for opening in tuple(self._late):
            opening.cancel()
            with contextlib.suppress(asyncio.CancelledError, asyncssh.Error, OSError):
                await opening


def _credentials(secret: str) -> dict[str, Any]:
    """Read the secret as what it is. Raises: UsageError."""
    if not secret.startswith((_KEY_BEGINS, "/")):
        return {"password": secret, "client_keys": None, "public_key_auth": False}
    try:
        key = asyncssh.import_private_key(secret) if secret[0] != "/" else asyncssh.read_private_key(secret)
    except (asyncssh.KeyImportError, OSError, ValueError) as error:
        raise UsageError(Sentence("cli.jump.bad_key")) from error
    return {"client_keys": [key], "password_auth": False}


async def _log_in(
    sock: socket.socket, client: _Client, host: JumpHost, credentials: dict[str, Any]
) -> asyncssh.SSHClientConnection:
    """Log in over a connected socket. Raises: asyncssh.Error, OSError."""
    return await asyncssh.connect(
        str(host.address), host.port, sock=sock, config=None, client_factory=lambda: client, username=host.user,
        known_hosts=([], [], []), server_host_key_algs=_HOST_KEY_ALGORITHMS, x509_trusted_certs=None, agent_path=None,
        gss_kex=False, gss_auth=False, host_based_auth=False, kbdint_auth=False, keepalive_interval=_KEEPALIVE_S,
        **credentials,
    )  # fmt: skip


class _Anybody(asyncssh.SSHServer):
    """Server of the self-test: lets everybody in."""

    def begin_auth(self, username: str) -> bool:  # noqa: ARG002 - asyncssh's signature
        """Ask for no proof."""
        return False


def self_test() -> tuple[tuple[str, bool, str], ...]:
    """Log in between two ends of a socket pair, by each kind of host key; give (name, works, detail)."""
    return tuple(_tried(kind) for kind in ("ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-rsa"))


def _tried(kind: str) -> tuple[str, bool, str]:
    """Try one kind of host key."""
    try:
        asyncio.run(_log_in_here(kind))
    except (asyncssh.Error, OSError, TimeoutError, ValueError) as error:
        return f"jump.{kind}", False, str(error) or type(error).__name__
    return f"jump.{kind}", True, f"asyncssh {asyncssh.__version__}"


async def _log_in_here(kind: str) -> None:
    """Log in to ourselves with a fresh host key, pinned. Raises: asyncssh.Error, TimeoutError."""
    key = asyncssh.generate_private_key(kind)
    ours, theirs = socket.socketpair()
    client = _Client(key.get_fingerprint("sha256"), lambda: None)
    here = JumpHost("self-test", ip_address("127.0.0.1"), 22)
    async with asyncio.timeout(_LOGIN_S):
        connection, _ = await asyncio.gather(
            _log_in(ours, client, here, {"client_keys": None, "password": ""}),
            asyncssh.run_server(theirs, server_factory=_Anybody, server_host_keys=[key]),
        )
        connection.close()
        await connection.wait_closed()
