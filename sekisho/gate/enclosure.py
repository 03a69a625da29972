"""A network namespace that holds one address and nothing else, and a program inside it. Run as a script.

A scanner program paces itself by its own rules: nmap's service probes obey neither `--max-rate` nor `--scan-delay`
(docs/operations/nmap.md). So it never gets at the network: it runs where the host it asks about is an address of the
loopback interface and the ports it may ask are listening sockets of ours. They are handed to the gate, which relays.

Arguments: descriptor of the Unix socket that takes the listening sockets, address, ports with commas, command...
Leaves with 96 when no namespace can be made, and says why on standard error.
"""

from __future__ import annotations

import ctypes
import errno
import os
import socket
import struct
import sys
import time
from fcntl import ioctl
from pathlib import Path

NO_NAMESPACE = 96
_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000  # linux/sched.h
_SIOCGIFINDEX, _SIOCSIFADDR, _SIOCSIFFLAGS, _SIOCSIFNETMASK = 0x8933, 0x8916, 0x8914, 0x891C  # linux/sockios.h
_IFF_UP = 1
_LO = b"lo"
_TRIES, _PAUSE_S = 50, 0.02


def main(arguments: list[str]) -> None:
    """Enclose ourselves, hand over the listening sockets and become the program."""
    handover, address, ports, command = int(arguments[0]), arguments[1], arguments[2], arguments[3:]
    try:
        _leave_the_network()
        listening = _listen(address, [int(port) for port in ports.split(",")])
    except OSError as error:
        sys.stderr.write(f"no network namespace of its own: {error}\n")
        sys.exit(NO_NAMESPACE)
    with socket.socket(fileno=handover) as gate:
        socket.send_fds(gate, [b"."], [s.fileno() for s in listening])
    for one in listening:
        one.close()
    os.execvp(command[0], command)  # noqa: S606 - the command that the gate was given


def _leave_the_network() -> None:
    """Move into a new network namespace; without root it needs a user namespace of its own besides."""
    user, group = os.geteuid(), os.getegid()
    try:
        _unshare(_CLONE_NEWNET)
    except PermissionError:
        _unshare(_CLONE_NEWUSER | _CLONE_NEWNET)
        Path("/proc/self/setgroups").write_text("deny", "ascii")
        Path("/proc/self/uid_map").write_text(f"0 {user} 1", "ascii")
        Path("/proc/self/gid_map").write_text(f"0 {group} 1", "ascii")


def _unshare(kinds: int) -> None:
    """Leave namespaces (unshare(2); in the os module only from Python 3.12)."""
    if ctypes.CDLL(None, use_errno=True).unshare(kinds) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def _listen(address: str, ports: list[int]) -> list[socket.socket]:
    """Make the address ours and listen on its ports."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        ioctl(any_socket, _SIOCSIFFLAGS, struct.pack("16sh14x", _LO, _IFF_UP))
    with socket.socket(family, socket.SOCK_DGRAM) as own:
        if family == socket.AF_INET:
            for request, value in ((_SIOCSIFADDR, address), (_SIOCSIFNETMASK, "255.255.255.255")):
                ioctl(own, request, struct.pack("16sHH4s8x", _LO, family, 0, socket.inet_aton(value)))
        else:
            index = struct.unpack_from("i", ioctl(own, _SIOCGIFINDEX, struct.pack("16s16x", _LO)), 16)[0]
            ioctl(own, _SIOCSIFADDR, struct.pack("16sIi", socket.inet_pton(family, address), 128, index))
    return [_door(family, address, port) for port in ports]


def _door(family: socket.AddressFamily, address: str, port: int) -> socket.socket:
    """Listen on one port; the kernel takes a moment before an IPv6 address may be used."""
    for _ in range(_TRIES):
        try:
            return socket.create_server((address, port), family=family)
        except OSError as error:
            if error.errno != errno.EADDRNOTAVAIL:
                raise
            time.sleep(_PAUSE_S)
    return socket.create_server((address, port), family=family)


if __name__ == "__main__":
    main(sys.argv[1:])
