"""The kernel as witness and as wall: per-host packet counters, and a chain that drops what is not admitted.

All senders of a survey run in one cgroup. An nftables output chain in the vantage's network namespace drops what that
cgroup sends to an address or port that is not admitted, and counts every packet of the survey per host, the kernel's
own ACKs and resets included (they carry our source ports). Needs root, nft and a cgroup2 mount; without them the survey
goes on and the report says that nothing but the gate held it.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, collapse_addresses
from pathlib import Path
from typing import Final

from sekisho.gate.namespaces import Namespace
from sekisho.gate.sockets import SOURCE_PORTS
from sekisho.model.subjects import IPAddress

_LOG = logging.getLogger(__name__)
_NFT_ROOT: Final = Path("/sys/fs/cgroup")  # nft resolves cgroup names below it
_NFT_DIRS: Final = "/usr/sbin:/sbin:/usr/bin:/bin"
_TIMEOUT_S: Final = 20


@dataclass(frozen=True, slots=True)
class Rules:
    """What the chain needs to know. cgroup: path below /sys/fs/cgroup, "" if there is none. sources: our addresses."""

    table: str
    cgroup: str
    admitted: tuple[IPAddress, ...]
    excluded_ports: tuple[int, ...]
    sources: tuple[IPAddress, ...]

    def text(self) -> str:
        """Write the ruleset."""
        ports = f"{SOURCE_PORTS[0]}-{SOURCE_PORTS[-1]}"
        lines = [f"table inet {self.table} {{"]
        for family, kind in ((4, "ipv4_addr"), (6, "ipv6_addr")):
            networks = _collapsed(self.admitted, family)
            elements = f"elements = {{ {', '.join(networks)} }}; " if networks else ""
            lines.append(f"  set admitted{family} {{ type {kind}; flags interval; {elements}}}")
            lines.append(f"  set seen{family} {{ type {kind}; size 65535; flags dynamic; counter; }}")
        lines.append(
            "  chain count { update @seen4 { ip daddr counter }; update @seen6 { ip6 daddr counter }; accept; }"
        )
        lines += ["  chain output {", "    type filter hook output priority -300; policy accept;"]
        if self.cgroup:
            lines += self._wall()
        for source in self.sources:
            word = "ip" if source.version == 4 else "ip6"  # noqa: PLR2004 - IP version
            lines.append(f"    {word} saddr {source} tcp sport {ports} goto count")
            lines.append(f"    {word} saddr {source} udp sport {ports} goto count")
            icmp = "icmp type echo-request" if word == "ip" else "icmpv6 type echo-request"
            lines.append(f"    {word} saddr {source} {icmp} goto count")
        if self.cgroup:
            lines.append(f"    {self._ours()} goto count")
        return "\n".join([*lines, "  }", "}", ""])

    def _ours(self) -> str:
        """Match what the survey's cgroup sends."""
        return f'socket cgroupv2 level {self.cgroup.count("/") + 1 - _depth_offset(self.cgroup)} "{self.cgroup}"'

    def _wall(self) -> list[str]:
        """Drop what the cgroup sends outside the admitted addresses or to an excluded port."""
        ours = self._ours()
        rules = [f"    {ours} ip daddr != @admitted4 counter drop", f"    {ours} ip6 daddr != @admitted6 counter drop"]
        if self.excluded_ports:
            ports = ", ".join(map(str, self.excluded_ports))
            rules += [f"    {ours} {t} dport {{ {ports} }} counter drop" for t in ("tcp", "udp")]
        return rules


def _depth_offset(cgroup: str) -> int:
    """On a hybrid machine cgroup2 is mounted one folder below where nft looks; levels count from its mount."""
    return 1 if cgroup.startswith("unified/") else 0


def _collapsed(addresses: Iterable[IPAddress], version: int) -> list[str]:
    """Write addresses of one family as few networks."""
    if version == 4:  # noqa: PLR2004 - IP version
        return [str(n) for n in collapse_addresses(IPv4Network(a) for a in addresses if isinstance(a, IPv4Address))]
    return [str(n) for n in collapse_addresses(IPv6Network(a) for a in addresses if isinstance(a, IPv6Address))]


class KernelWitness:
    """Counters and wall of one vantage for one run. Use as a context manager around the sending."""

    def __init__(self, namespace: Namespace, run: str) -> None:
        """Prepare names; nothing is changed."""
        self._namespace = namespace
        self._table = "sekisho_" + "".join(c for c in run if c.isalnum())[-20:]
        self._nft = shutil.which("nft", path=f"{os.environ.get('PATH', '')}:{_NFT_DIRS}")
        self._cgroup: Path | None = None
        self._home: Path | None = None
        self.counting = False
        self.confined = False

    def leftover(self) -> dict[str, int]:
        """Give the counters that a killed part of this run left behind, and remove its table."""
        counts = self._read()
        self._delete()
        return counts

    def begin(self, admitted: Iterable[IPAddress], excluded_ports: Iterable[int], sources: Iterable[IPAddress]) -> None:
        """Load the chain and move this process into the survey's cgroup; what can't be done is left out."""
        if self._nft is None:
            return
        cgroup = self._enter_cgroup()
        rules = Rules(self._table, cgroup, tuple(admitted), tuple(sorted(excluded_ports)), tuple(sources))
        if self._load(rules.text()):
            self.counting, self.confined = True, bool(cgroup)
        elif cgroup:
            plain = Rules(self._table, "", rules.admitted, rules.excluded_ports, rules.sources)
            self.counting = self._load(plain.text())
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
        """Remove the table if it is there."""
        self._run(["delete", "table", "inet", self._table])

    def _run(self, arguments: list[str], text: str = "") -> subprocess.CompletedProcess[str] | None:
        """Run nft inside the namespace."""
        if self._nft is None:
            return None
        with self._namespace.entered(), contextlib.suppress(OSError, subprocess.TimeoutExpired):
            return subprocess.run(  # noqa: S603 - fixed program, our own arguments
                [self._nft, *arguments], input=text, capture_output=True, text=True, check=False, timeout=_TIMEOUT_S
            )
        return None

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
