"""Makes, enters and removes network namespaces with the kernel's own calls; no `ip` program is needed.

Source: unshare(2), setns(2), user_namespaces(7), network_namespaces(7), ip-netns(8) for /run/netns.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lab.errors import LabError

NEW_USER, NEW_NET = 0x10000000, 0x40000000  # CLONE_NEWUSER, CLONE_NEWNET of linux/sched.h
BIND, DETACH, RECURSIVE, SHARED = 0x1000, 0x2, 0x4000, 0x100000  # MS_BIND, MNT_DETACH, MS_REC, MS_SHARED
NAMED_FOLDER = Path("/run/netns")
OWN = Path("/proc/thread-self/ns/net")
LINK_NAMES = ("net", "user")
SETTINGS = (
    ("user.max_user_namespaces", "0"),
    ("user.max_net_namespaces", "0"),
    ("kernel.unprivileged_userns_clone", "0"),
    ("kernel.apparmor_restrict_unprivileged_userns", "1"),
)
"""Settings that forbid namespaces when they have this value."""


@dataclass(frozen=True, slots=True)
class Handle:
    """Where others find a namespace that we made."""

    name: str
    mount: Path | None
    links: Path | None


def _call(name: str, *args: object) -> None:
    """Call a function of the C library.

    Raises: OSError with its errno.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if getattr(libc, name)(*args) != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))


def make(name: str) -> Handle:
    """Move this process into a new network namespace: a named one as root, else one in a user namespace of our own.

    Raises: LabError naming the setting that forbids it.
    """
    if os.geteuid() == 0:
        try:
            return _make_named(name)
        except PermissionError:
            pass  # root without CAP_SYS_ADMIN, as in most containers, may still have user namespaces
    try:
        return _make_private(name)
    except OSError as refused:
        raise LabError("namespace.forbidden", reason=_forbidding_setting(refused)) from refused


def _make_named(name: str) -> Handle:
    """Make a namespace and bind it to /run/netns, as `ip netns add` does."""
    _call("unshare", NEW_NET)
    NAMED_FOLDER.mkdir(mode=0o755, parents=True, exist_ok=True)
    _share_named_folder()
    target = NAMED_FOLDER / name
    target.touch(exist_ok=False)
    try:
        _call("mount", bytes(OWN), bytes(target), b"none", BIND, None)
    except OSError:
        target.unlink()
        raise
    return Handle(name, mount=target, links=None)


def make_beside(name: str) -> Handle:
    """Make one more named namespace, and stay in our own; for root.

    Raises: OSError when it isn't allowed or the name is taken.
    """
    with _returning():
        return _make_named(name)


@contextlib.contextmanager
def inside(path: Path) -> Iterator[None]:
    """Be in another network namespace for the length of a with-block; for root. Only this thread moves."""
    with _returning():
        _enter(path, NEW_NET)
        yield


@contextlib.contextmanager
def _returning() -> Iterator[None]:
    """Come back to the network namespace that this thread is in now."""
    home = os.open(OWN, os.O_RDONLY | os.O_CLOEXEC)
    try:
        yield
    finally:
        _call("setns", home, NEW_NET)
        os.close(home)


def _share_named_folder() -> None:
    """Make /run/netns a shared mount, so that names come and go in other mount namespaces too, as ip-netns(8) does."""
    try:
        _call("mount", b"", bytes(NAMED_FOLDER), b"none", SHARED | RECURSIVE, None)
    except OSError as refused:
        # EINVAL: no mount point yet. Only then: a second bind would double all mounts below, and again each time.
        if refused.errno != errno.EINVAL:
            raise
        _call("mount", bytes(NAMED_FOLDER), bytes(NAMED_FOLDER), b"none", BIND | RECURSIVE, None)
        _call("mount", b"", bytes(NAMED_FOLDER), b"none", SHARED | RECURSIVE, None)


def _make_private(name: str) -> Handle:
    """Make a user namespace, in it a network namespace, and leave links to both where the survey looks for them."""
    user, group = os.geteuid(), os.getegid()
    # Looked at before the change: inside, files of users without a map all seem to belong to nobody.
    links = own_folder(user) / name
    _call("unshare", NEW_USER | NEW_NET)
    # Without "deny" the kernel refuses a group map of an unprivileged process (user_namespaces(7)).
    Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
    Path("/proc/self/uid_map").write_text(f"0 {user} 1", encoding="ascii")
    Path("/proc/self/gid_map").write_text(f"0 {group} 1", encoding="ascii")
    links.mkdir(mode=0o700, parents=True)
    for link in LINK_NAMES:
        (links / link).symlink_to(f"/proc/{os.getpid()}/ns/{link}")
    return Handle(name, mount=None, links=links)


def links_folder(user: int) -> Path:
    """Name the folder of the links, without making it."""
    return _runtime_folder(user) / "sekisho" / "netns"


def own_folder(user: int) -> Path:
    """Make the folder of the links.

    Raises: LabError when somebody else owns it: in /tmp anybody can make a folder of that name first.
    """
    base = _runtime_folder(user)
    base.mkdir(mode=0o700, parents=True, exist_ok=True)
    state = base.lstat()
    if state.st_uid != user or state.st_mode & 0o022 or base.is_symlink():
        raise LabError("namespace.foreign_folder", folder=str(base))
    return links_folder(user)


def _runtime_folder(user: int) -> Path:
    """Name the user's own folder for things that live as long as a process."""
    given = os.environ.get("XDG_RUNTIME_DIR")
    return Path(given) if given else Path(f"/tmp/sekisho-{user}")  # noqa: S108 - owner and mode are checked


def named(name: str) -> Handle:
    """Tell where a named namespace is, or would be."""
    return Handle(name, mount=NAMED_FOLDER / name, links=None)


def named_like(prefix: str) -> tuple[str, ...]:
    """List the named namespaces whose names begin so."""
    found = NAMED_FOLDER.glob(f"{prefix}*") if NAMED_FOLDER.is_dir() else ()
    return tuple(sorted(path.name for path in found))


def remove(handle: Handle) -> None:
    """Remove what `make` left behind; nothing there is fine too."""
    if handle.mount is not None and handle.mount.exists():
        with contextlib.suppress(OSError):
            _call("umount2", bytes(handle.mount), DETACH)
        handle.mount.unlink(missing_ok=True)
    if handle.links is not None and handle.links.is_dir():
        for link in LINK_NAMES:
            (handle.links / link).unlink(missing_ok=True)
        handle.links.rmdir()


def enter(handle: Handle) -> None:
    """Move this process into the namespace; it must have one thread only.

    Raises: OSError when the namespace is gone or not ours.
    """
    if handle.mount is not None:
        _enter(handle.mount, NEW_NET)
    elif handle.links is not None:
        _enter(handle.links / "user", NEW_USER)
        _enter(handle.links / "net", NEW_NET)


def _enter(path: Path, kind: int) -> None:
    """Enter one namespace."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        _call("setns", descriptor, kind)
    finally:
        os.close(descriptor)


def _forbidding_setting(refused: OSError) -> str:
    """Name the setting that stands against namespaces, as far as the system shows it."""
    for setting, forbidding in SETTINGS:
        file = Path("/proc/sys", *setting.split("."))
        with contextlib.suppress(OSError):
            if (value := file.read_text(encoding="ascii").strip()) == forbidding:
                return f"{setting} = {value}"
    if refused.errno == errno.ENOSPC:
        return "user.max_user_namespaces / user.max_net_namespaces"
    if refused.errno in (errno.EINVAL, errno.ENOSYS):
        return "CONFIG_USER_NS / CONFIG_NET_NS"
    with contextlib.suppress(OSError):
        status = Path("/proc/self/status").read_text(encoding="ascii")
        if "Seccomp:\t2" in status:
            return f"seccomp ({refused.strerror})"
    return str(refused)
