"""Network namespaces as vantages: `netns:NAME` is a named namespace (root) or a user and network namespace pair.

NAME resolves to /run/netns/NAME, else to the folder ${XDG_RUNTIME_DIR:-/tmp/sekisho-UID}/sekisho/netns/NAME with the
links `net` and `user`. A network namespace is entered for the moment a socket is made: the socket stays in it.
"""

from __future__ import annotations

import ctypes
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sekisho.errors import UsageError
from sekisho.gate.pacing import Stopped
from sekisho.messages import Sentence

_NAMED: Final = Path("/run/netns")
_CLONE_NEWNET: Final = 0x40000000
_CLONE_NEWUSER: Final = 0x10000000
_LIBC: Final = ctypes.CDLL(None, use_errno=True)


def _setns(descriptor: int, kind: int) -> None:
    """Move this thread into a namespace (setns(2); in the os module only from Python 3.12)."""
    if _LIBC.setns(descriptor, kind) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


class PlaceGone(Stopped):
    """What a vantage looks from went away in mid-survey: its namespace, or the link of its interface."""


@dataclass(frozen=True, slots=True)
class Namespace:
    """A network namespace to make sockets in; path None: the one this process is in."""

    path: Path | None = None

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Be inside for the length of a with-block. Raises: OSError without the right to, PlaceGone."""
        if self.path is None:
            yield
            return
        try:
            there = os.open(self.path, os.O_RDONLY)
        except FileNotFoundError as error:
            raise PlaceGone(Sentence("cli.place.gone", name=self.path.name)) from error
        home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        try:
            _setns(there, _CLONE_NEWNET)
            try:
                yield
            finally:
                _setns(home, _CLONE_NEWNET)
        finally:
            os.close(home)
            os.close(there)

    def socket(self, family: int, kind: int, protocol: int = 0) -> socket.socket:
        """Make a non-blocking socket inside."""
        with self.entered():
            made = socket.socket(family, kind, protocol)
        made.setblocking(False)
        return made


def _rootless_folder(name: str) -> Path:
    """Give the folder where an unprivileged lab leaves its links."""
    base = os.environ.get("XDG_RUNTIME_DIR") or f"/tmp/sekisho-{os.getuid()}"  # noqa: S108 - agreed with the lab driver
    return Path(base) / "sekisho" / "netns" / name


def all_named() -> dict[str, Namespace]:
    """Give the namespace we are in, under "", and as root every named one."""
    named = sorted(_NAMED.iterdir()) if os.geteuid() == 0 and _NAMED.is_dir() else []
    return {"": Namespace(), **{path.name: Namespace(path) for path in named}}


def resolve(via: str) -> Namespace:
    """Give the namespace of a vantage's `via`; `local` is where we are.

    For a rootless pair this joins the user namespace for good (a process can't go back), so it must be called before
    any thread exists. Raises: UsageError naming what is missing.
    """
    if via == "local":
        return Namespace()
    name = via.removeprefix("netns:")
    named = _NAMED / name
    if named.exists():
        if os.geteuid() != 0:
            raise UsageError(Sentence("cli.place.root", via=via))
        return Namespace(named)
    folder = _rootless_folder(name)
    if not (folder / "net").exists():
        raise UsageError(Sentence("cli.place.absent", via=via))
    _join(folder, via)
    return Namespace()


def _join(folder: Path, via: str) -> None:
    """Move this process into a user and network namespace pair, once."""
    net = (folder / "net").stat()
    here = Path("/proc/self/ns/net").stat()
    if (net.st_dev, net.st_ino) == (here.st_dev, here.st_ino):
        return
    try:
        for link, kind in (("user", _CLONE_NEWUSER), ("net", _CLONE_NEWNET)):
            descriptor = os.open(folder / link, os.O_RDONLY)
            try:
                _setns(descriptor, kind)
            finally:
                os.close(descriptor)
    except OSError as error:
        raise UsageError(Sentence("cli.place.closed", via=via, why=error.strerror)) from error
