"""Engagement folders and pace files for benchmarks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Final

_ENGAGEMENT: Final = """schema = 1
[facility]
name = "Benchmark"
kind = "hospital"
timezone = "Asia/Tokyo"
[[consent]]
granted_by = "Benchmark"
role = "hospital"
document = "documents/consent.txt"
valid_from = 2026-01-01
valid_until = 2099-12-31
hours = ["Mon-Sun 00:00-24:00"]
covers = ["{network}"]
max_tier = "T3"
methods = ["active"]
stop_contact = "benchmark"
[scope]
include = ["{network}"]
[[scope.tier]]
addresses = ["{next_hop}/32"]
tier = "T2"
reason = "the router in between, ours"
[[vantage]]
name = "bench"
role = "management"
via = "local"
[pace]
profile = "pace.toml"
"""


def make_folder(folder: Path, network: str, next_hop: str, pace: str) -> Path:
    """Write an engagement folder with its own pace file."""
    (folder / "documents").mkdir(parents=True)
    (folder / "documents" / "consent.txt").write_text("benchmark\n", "utf-8")
    (folder / "engagement.toml").write_text(_ENGAGEMENT.format(network=network, next_hop=next_hop), "utf-8")
    (folder / "pace.toml").write_text(pace, "utf-8")
    return folder


def pace_text(name: str, changes: Mapping[str, str]) -> str:
    """Give a shipped pace file with some of its values replaced or added."""
    text = files("profiles").joinpath("pace", f"{name}.toml").read_text("utf-8")
    for key, value in changes.items():
        text, count = re.subn(rf"(?ms)^{key} = (\[.*?^\]|\[[^\n]*\]|[^\n]*)", f"{key} = {value}", text)
        text += "" if count else f"{key} = {value}\n"
    return text


def port_list(ports: Iterable[int]) -> str:
    """Write ports as a TOML list on one line."""
    return f"[{', '.join(map(str, ports))}]"
