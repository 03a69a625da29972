"""A count of our own of what leaves a vantage: an nftables table of the test's, beside the survey's."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_TABLE = """table inet sekisho_test {
  set seen { type ipv4_addr; size 65535; flags dynamic; counter; }
  set ports { type ipv4_addr . inet_service; size 65535; flags dynamic; counter; }
  chain output {
    type filter hook output priority 300; policy accept;
    ip saddr %s update @seen { ip daddr counter }
    ip saddr %s tcp dport 1-65535 update @ports { ip daddr . tcp dport counter }
  }
}
"""


class Wire:
    """Packets per host, and per host and TCP port, that left one vantage."""

    def __init__(self, namespace: str) -> None:
        self._namespace = namespace

    def run(self, *arguments: str, text: str = "") -> str:
        command = ["ip", "netns", "exec", self._namespace, "nft", *arguments]
        return subprocess.run(command, input=text, text=True, check=True, capture_output=True).stdout

    def packets(self) -> dict[str, int]:
        return {str(value): count for value, count in self._counts("seen")}

    def ports(self) -> set[tuple[str, int]]:
        return {(value["concat"][0], value["concat"][1]) for value, _ in self._counts("ports")}  # type: ignore[index]

    def _counts(self, name: str) -> list[tuple[object, int]]:
        listed = json.loads(self.run("-j", "list", "set", "inet", "sekisho_test", name))["nftables"]
        elements = [e["elem"] for part in listed for e in part.get("set", {}).get("elem", [])]
        return [(e["val"], e["counter"]["packets"]) for e in elements]


@contextmanager
def counted(folder: Path) -> Iterator[Wire]:
    """Count what leaves the first vantage of an engagement."""
    vantage = tomllib.loads((folder / "engagement.toml").read_text("utf-8"))["vantage"][0]
    source = next(s for s in vantage["source"] if ":" not in s)
    if os.geteuid() != 0 or shutil.which("nft") is None or shutil.which("ip") is None:
        pytest.skip("needs root, nft and ip to count on the wire")
    wire = Wire(vantage["via"].removeprefix("netns:"))
    wire.run("-f", "-", text=_TABLE % (source, source))
    try:
        yield wire
    finally:
        wire.run("delete", "table", "inet", "sekisho_test")
