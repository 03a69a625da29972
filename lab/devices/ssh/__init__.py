"""SSH server with exact algorithm lists, old ones included; asks for a password and lets nobody in."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from functools import cache

import asyncssh
from asyncssh.connection import SSHServerConnection

from lab.devices.kind import Kind, Running, Site
from lab.devices.listening import open_socket
from lab.devices.ssh.algorithms import register_named
from lab.devices.ssh.params import SshParams

KEY_ALGORITHMS = {
    "ssh-ed25519": "ssh-ed25519",
    "ssh-dss": "ssh-dss",
    "ecdsa-p256": "ecdsa-sha2-nistp256",
    "ecdsa-p384": "ecdsa-sha2-nistp384",
    "ecdsa-p521": "ecdsa-sha2-nistp521",
}
LOGIN_TIMEOUT_S = 120


class _NobodyEnters(asyncssh.SSHServer):
    """Offers password login, as devices do, and refuses every password."""

    def password_auth_supported(self) -> bool:
        """Offer it."""
        return True

    def validate_password(self, username: str, password: str) -> bool:
        """Refuse it."""
        del username, password
        return False


class _Connection(SSHServerConnection):
    """A connection whose banner and key exchange list are the scenario's to the letter."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, options: asyncssh.SSHServerConnectionOptions, params: SshParams
    ) -> None:
        """Keep the parameters."""
        self._params = params
        self._is_strict = False
        super().__init__(loop, options)

    @property
    def _strict_kex(self) -> bool:
        """Tell whether both sides are strict: the library asks only whether the client is."""
        return self._is_strict and self._params.strict_kex

    @_strict_kex.setter
    def _strict_kex(self, value: bool) -> None:
        """Keep what the client said."""
        self._is_strict = value

    def _send_version(self) -> None:
        """Send the banner as written: the library's own begins with SSH-2.0 always."""
        version = self._params.banner.encode("ascii")
        self._server_version = version
        self.set_extra_info(server_version=self._params.banner)
        self._send(version + b"\r\n")

    def _get_extra_kex_algs(self) -> list[bytes]:
        """Leave out the markers that old servers don't know."""
        return super()._get_extra_kex_algs() if self._params.strict_kex else []

    def _send_ext_info(self) -> None:
        """Send none where it isn't offered."""
        if self._params.strict_kex:
            super()._send_ext_info()


@cache
def make_host_key(host: str, name: str) -> asyncssh.SSHKey:
    """Make a host key such as rsa-1024 or ssh-dss; a host has one of each, whichever address it is asked on."""
    del host
    family, _, size = name.partition("-")
    if family == "rsa":
        return asyncssh.generate_private_key("ssh-rsa", key_size=int(size))
    return asyncssh.generate_private_key(KEY_ALGORITHMS[name])


def _options(
    params: SshParams, host: str, server: Callable[[], asyncssh.SSHServer]
) -> asyncssh.SSHServerConnectionOptions:
    """Give the library what the scenario says."""
    options = asyncssh.SSHServerConnectionOptions(
        server_factory=server,
        # Sessions get bytes as they come: what the other side types is no matter of the library's.
        line_editor=False,
        encoding=None,
        server_host_keys=[make_host_key(host, name) for name in params.host_keys],
        kex_algs=list(params.kex),
        encryption_algs=list(params.ciphers),
        mac_algs=list(params.macs),
        compression_algs=["none"],
        login_timeout=LOGIN_TIMEOUT_S,
        # Without a configuration file: the machine's own must not change what a device offers.
        config=None,
    )
    # An RSA key signs with whatever the library knows; the device signs with what the scenario says, in its order.
    kept = [(name, pair) for name, pair in options.server_host_keys.items() if not _is_rsa(name)]
    rsa = {name: pair for name, pair in options.server_host_keys.items() if _is_rsa(name)}
    chosen = [(name.encode(), rsa[name.encode()]) for name in params.rsa_signatures if name.encode() in rsa]
    is_rsa_first = params.host_keys[0].startswith("rsa-")
    options.server_host_keys = OrderedDict(chosen + kept if is_rsa_first else kept + chosen)
    return options


def _is_rsa(algorithm: bytes) -> bool:
    """Tell the signature algorithms of an RSA key."""
    return algorithm.startswith((b"rsa-", b"ssh-rsa"))


def connection_factory(
    params: SshParams, site: Site, server: Callable[[], asyncssh.SSHServer] = _NobodyEnters
) -> Callable[[], asyncio.Protocol]:
    """Give what serves one connection.

    Takes: server: who decides on logins and gives sessions; unless given, nobody enters.
    """
    register_named()
    loop, options = asyncio.get_running_loop(), _options(params, site.host, server)
    return lambda: _Connection(loop, options, params)


async def serve(params: SshParams, site: Site) -> Running:
    """Listen at `site`."""
    return await asyncio.get_running_loop().create_server(connection_factory(params, site), sock=open_socket(site))


KIND = Kind(name="ssh", params=SshParams, transports=("tcp",), serve=serve)
