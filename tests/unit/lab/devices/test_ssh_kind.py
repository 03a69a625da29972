"""SSH servers with exact lists, read byte by byte and spoken to by a real client."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import asyncssh
import pytest
from pydantic import ValidationError

from lab.devices.kind import Running, Site
from lab.devices.registry import kinds
from lab.devices.ssh.params import SshParams

Make = Callable[..., Site]
OLD = {
    "banner": "SSH-2.0-RTX1210",
    "kex": ["diffie-hellman-group1-sha1"],
    "host_keys": ["ssh-dss"],
    "ciphers": ["3des-cbc"],
    "macs": ["hmac-md5"],
    "strict_kex": False,
}
KEXINIT, COOKIE_BYTES, LISTS = 20, 16, 8  # RFC 4253, 7.1


async def start(params: dict[str, Any], site: Site) -> Running:
    """Serve SSH as the daemon does."""
    running: Running = await kinds()["ssh"].imitate(SshParams.model_validate(params), site)
    return running


async def read_offer(site: Site) -> tuple[str, list[list[str]]]:
    """Give banner and name lists of the server's KEXINIT."""
    reader, writer = await asyncio.open_connection(site.address, site.port)
    banner = (await reader.readline()).decode().rstrip("\r\n")
    writer.write(b"SSH-2.0-test\r\n")
    length = int.from_bytes(await reader.readexactly(4), "big")
    packet = await reader.readexactly(length)
    payload = packet[1 : length - packet[0]]
    assert payload[0] == KEXINIT
    at, lists = 1 + COOKIE_BYTES, []
    for _ in range(LISTS):
        size = int.from_bytes(payload[at : at + 4], "big")
        lists.append(payload[at + 4 : at + 4 + size].decode().split(","))
        at += 4 + size
    writer.close()
    return banner, lists


@pytest.mark.parametrize(
    ("params", "keys"),
    [
        (OLD, ["ssh-dss"]),
        ({**OLD, "host_keys": ["rsa-1024", "ssh-dss"], "rsa_signatures": ["ssh-rsa"]}, ["ssh-rsa", "ssh-dss"]),
        ({**OLD, "host_keys": ["ssh-ed25519", "rsa-2048"]}, ["ssh-ed25519", "rsa-sha2-512", "rsa-sha2-256"]),
        ({**OLD, "ciphers": ["arcfour", "blowfish-cbc"], "macs": ["hmac-ripemd160"]}, ["ssh-dss"]),
        ({**OLD, "kex": ["sntrup761x25519-sha512@openssh.com", "curve25519-sha256"]}, ["ssh-dss"]),
        ({**OLD, "banner": "SSH-1.99-Cisco-1.25", "host_keys": ["ecdsa-p384"]}, ["ecdsa-sha2-nistp384"]),
    ],
)
async def test_ssh_offers_exactly_its_lists(params: dict[str, Any], keys: list[str], make_site: Make) -> None:
    site = make_site()
    running = await start(params, site)
    banner, lists = await read_offer(site)
    ciphers, macs = params["ciphers"], params["macs"]
    assert banner == params["banner"]
    assert lists[:6] == [params["kex"], keys, ciphers, ciphers, macs, macs]
    running.close()


async def test_ssh_offers_strict_key_exchange_by_default(make_site: Make) -> None:
    site = make_site()
    running = await start({}, site)
    _, lists = await read_offer(site)
    assert "kex-strict-s-v00@openssh.com" in lists[0]
    running.close()


@pytest.mark.parametrize(
    "params",
    [
        OLD,
        {
            **OLD,
            "host_keys": ["rsa-1024"],
            "rsa_signatures": ["ssh-rsa"],
            "ciphers": ["arcfour"],
            "macs": ["hmac-sha1-96"],
        },
        {**OLD, "kex": ["diffie-hellman-group-exchange-sha1"], "ciphers": ["aes128-cbc"]},
        {"kex": ["curve25519-sha256"], "ciphers": ["chacha20-poly1305@openssh.com"]},
        {"host_keys": ["ecdsa-p521"], "strict_kex": False},
    ],
)
async def test_ssh_completes_the_key_exchange_and_refuses_the_password(params: dict[str, Any], make_site: Make) -> None:
    site = make_site()
    running = await start(params, site)
    with pytest.raises(asyncssh.PermissionDenied):
        await asyncssh.connect(
            site.address,
            site.port,
            username="admin",
            password="admin",
            known_hosts=None,
            client_keys=None,
            config=None,
            kex_algs="*",
            encryption_algs="*",
            mac_algs="*",
            server_host_key_algs=["ssh-ed25519", "ssh-dss", "ssh-rsa", "ecdsa-sha2-nistp521"],
        )
    running.close()


async def test_ssh_says_so_when_a_merely_named_key_exchange_is_picked(make_site: Make) -> None:
    name = "sntrup761x25519-sha512@openssh.com"
    site = make_site()
    running = await start({"kex": [name]}, site)
    with pytest.raises(asyncssh.DisconnectError):
        await asyncssh.connect(site.address, site.port, known_hosts=None, config=None, kex_algs=[name])
    running.close()


async def test_ssh_shows_one_host_key_on_all_addresses(make_site: Make) -> None:
    keys = []
    for address in ("127.9.0.1", "127.9.0.2"):
        site = make_site(address=address)
        running = await start({}, site)
        key = await asyncssh.get_server_host_key(site.address, site.port, config=None)
        assert key is not None
        keys.append(key.public_data)
        running.close()
    assert keys[0] == keys[1]


@pytest.mark.parametrize(
    ("params", "error"),
    [
        ({"banner": "OpenSSH"}, "ssh_banner"),
        ({"kex": ["nonsense"]}, "unknown_ssh_algorithm"),
        ({"ciphers": ["nonsense"]}, "unknown_ssh_algorithm"),
        ({"macs": ["nonsense"]}, "unknown_ssh_algorithm"),
        ({"host_keys": ["rsa-1024", "rsa-2048"]}, "two_rsa_keys"),
        ({"host_keys": ["rsa-512"]}, "literal_error"),
    ],
)
def test_ssh_params_refuse_what_cannot_be_offered(params: dict[str, Any], error: str) -> None:
    with pytest.raises(ValidationError) as refused:
        SshParams.model_validate(params)
    assert error in {entry["type"] for entry in refused.value.errors()}
