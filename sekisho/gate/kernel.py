"""The kernel as witness and as wall: per-host packet counters, and chains that drop what is not admitted.

All senders of a survey run in one cgroup. nftables chains in the vantage's network namespace (`sekisho.gate.rules`)
drop what that cgroup sends to an address or port that is not admitted, or faster than a host may be asked, and count
every packet of the survey per host, the kernel's own ACKs and resets included (they carry our source ports); a chain
per interface holds back raw frames. Needs root, nft and a cgroup2 mount; without them the survey goes on and the report
says that nothing but the gate held it.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from sekisho.gate.namespaces import Namespace, PlaceGone
from sekisho.gate.rules import Rules

_LOG = logging.getLogger(__name__)
_NFT_ROOT: Final = Path("/sys/fs/cgroup")  # nft resolves cgroup names below it
_NFT_DIRS: Final = "/usr/sbin:/sbin:/usr/bin:/bin"
_TIMEOUT_S: Final = 20
_OURS: Final = "sekisho_"  # how the names of our tables and cgroups begin


class KernelWitness:
    """Counters and wall of one vantage for one run. Use as a context manager around the sending."""

    def __init__(self, namespace: Namespace, run: str) -> None:
        """Prepare names; nothing is changed."""
        self._namespace = namespace
        self._table = _OURS + "".join(c for c in run if c.isalnum())[-20:]
        self._nft = _find_nft()
        self._cgroup: Path | None = None
        self._home: Path | None = None
        self.counting = False
        self.confined = False
        self.guards_frames = False

    def leftover(self) -> dict[str, int]:
        """Give the counters that a killed part of this run left behind, and remove its table."""
        counts = self._read()
        self._delete()
        return counts

    def begin(self, wanted: Rules) -> None:
        """Load the chains and move this process into the survey's cgroup; what can't be done is left out.

        wanted: table and cgroup are filled in here.
        """
        if self._nft is None:
            return
        wanted = replace(wanted, table=self._table, cgroup=self._enter_cgroup())
        plain = replace(wanted, cgroup="")
        # a kernel without egress hooks still confines sockets; one without cgroup matching still counts
        for rules in dict.fromkeys((wanted, replace(wanted, interfaces=()), plain)):
            if self._load(rules.text()):
                self.counting, self.confined = True, bool(rules.cgroup)
                self.guards_frames = self.confined and bool(rules.interfaces)
                break
        if not self.confined:
            self._leave_cgroup()

    def end(self) -> dict[str, int]:
        """Take the chain away and give packets per host address."""
        counts = self._read() if self.counting else {}
        self._delete()
        self._leave_cgroup()
        return counts

    def _load(self, text: str) -> bool:
        """Load a ruleset; False when the kernel or the rights don't allow it."""
        done = self._run(["-f", "-"], text)
        if done is None or done.returncode != 0:
            _LOG.info("no kernel counters: %s", done.stderr.strip() if done else "nft did not answer")
            return False
        return True

    def _read(self) -> dict[str, int]:
        """Read the per-host counters."""
        counts: dict[str, int] = {}
        for name in ("seen4", "seen6"):
            done = self._run(["-j", "list", "set", "inet", self._table, name])
            if done is None or done.returncode != 0:
                continue
            for part in json.loads(done.stdout).get("nftables", []):
                for element in part.get("set", {}).get("elem", []):
                    entry = element["elem"]
                    counts[entry["val"]] = counts.get(entry["val"], 0) + entry["counter"]["packets"]
        return counts

    def _delete(self) -> None:
        """Remove the tables if they are there."""
        for family in ("inet", "netdev"):
            self._run(["delete", "table", family, self._table])

    def _run(self, arguments: list[str], text: str = "") -> subprocess.CompletedProcess[str] | None:
        """Run nft inside the namespace."""
        return _run_nft(self._nft, self._namespace, arguments, text)

    def _enter_cgroup(self) -> str:
        """Make the survey's cgroup and move there; its path below /sys/fs/cgroup, "" when that can't be done."""
        mount = _cgroup2_mount()
        if mount is None or os.geteuid() != 0 or not mount.is_relative_to(_NFT_ROOT):
            return ""
        home = _own_cgroup(mount)
        cgroup = mount / self._table
        try:
            cgroup.mkdir(exist_ok=True)
            (cgroup / "cgroup.procs").write_text(str(os.getpid()))
        except OSError as error:
            _LOG.info("no cgroup: %s", error)
            return ""
        self._cgroup, self._home = cgroup, home
        return str(cgroup.relative_to(_NFT_ROOT))

    def _leave_cgroup(self) -> None:
        """Move back and remove the cgroup."""
        if self._cgroup is None or self._home is None:
            return
        with contextlib.suppress(OSError):
            (self._home / "cgroup.procs").write_text(str(os.getpid()))
            self._cgroup.rmdir()
        self._cgroup = None


def removals(namespaces: Mapping[str, Namespace]) -> tuple[str, ...]:
    """Give the commands that remove what killed surveys left in the kernel; what a running survey holds is left out.

    Takes: namespaces by name, "" for the one we are in. Sends: nothing. Limits: without root nothing is seen.
    """
    mount = _cgroup2_mount()
    cgroups = sorted(mount.glob(f"{_OURS}*")) if mount is not None else []
    used = {c.name for c in cgroups if _is_populated(c)}
    found: list[str] = []
    for name, namespace in namespaces.items():
        inside = f"ip netns exec {name} " if name else ""
        tables = [t for t in _tables(namespace) if t[1] not in used]
        found += [f"{inside}nft delete table {family} {table}" for family, table in tables]
    return (*found, *(f"rmdir {c}" for c in cgroups if c.name not in used))


def _tables(namespace: Namespace) -> list[tuple[str, str]]:
    """Give our tables in a namespace as (family, name)."""
    with contextlib.suppress(OSError):  # a name below /run/netns behind which there is no namespace any more
        done = _run_nft(_find_nft(), namespace, ["-j", "list", "tables"], "")
        if done is not None and done.returncode == 0:
            rows = [part["table"] for part in json.loads(done.stdout).get("nftables", []) if "table" in part]
            return [(r["family"], r["name"]) for r in rows if r["name"].startswith(_OURS)]
    return []


def _is_populated(cgroup: Path) -> bool:
    """Tell whether a process is in a cgroup: its survey still runs."""
    with contextlib.suppress(OSError):
        return (cgroup / "cgroup.procs").read_text("ascii").strip() != ""
    return False


def _find_nft() -> str | None:
    """Find nft, which the PATH of unprivileged users often leaves out."""
    return shutil.which("nft", path=f"{os.environ.get('PATH', '')}:{_NFT_DIRS}")


def _run_nft(
    nft: str | None, namespace: Namespace, arguments: list[str], text: str
) -> subprocess.CompletedProcess[str] | None:
    """Run nft inside a namespace; None when there is none or it does not answer."""
    if nft is None:
        return None
    # a namespace that is gone took its tables with it
    with contextlib.suppress(OSError, subprocess.TimeoutExpired, PlaceGone), namespace.entered():
        return subprocess.run(  # noqa: S603 - fixed program, our own arguments
            [nft, *arguments], input=text, capture_output=True, text=True, check=False, timeout=_TIMEOUT_S
        )
    return None


def _cgroup2_mount() -> Path | None:
    """Find where cgroup2 is mounted."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/mounts").read_text("utf-8").splitlines():
            fields = line.split()
            if fields[2] == "cgroup2":
                return Path(fields[1])
    return None


def _own_cgroup(mount: Path) -> Path:
    """Give the cgroup this process is in."""
    for line in Path("/proc/self/cgroup").read_text("utf-8").splitlines():
        if line.startswith("0::"):
            return mount / line.removeprefix("0::").strip().lstrip("/")
    return mount
