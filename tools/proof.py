"""`make proof`: what a survey promises, held against the wire, the ledger and the evidence.

Each claim prints one line; the first broken one ends the proof with exit 1. Runs on loopback labs only.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import shutil
import signal
import tempfile
import time
import tomllib
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from sekisho.store.database import FILE_NAME
from tools.proving import claims
from tools.proving.capture import Packet, busiest_second, read, sent_by
from tools.proving.claims import Claim
from tools.proving.lab import Lab, database_rows, lab, sekisho, start
from tools.proving.ledger import ledger_of

KILLS: Final = 20


def claim(text: str, holds: bool, detail: object = "") -> None:
    """Print a claim; end when it does not hold."""
    print(f"{'ok  ' if holds else 'FAIL'} {text}{f' — {detail}' if detail != '' else ''}", flush=True)
    if not holds:
        raise SystemExit(1)


def plan_rows(folder: Path) -> list[dict[str, Any]]:
    """Give the dry run's rows: every address with its tier."""
    rows: list[dict[str, Any]] = json.loads(sekisho("survey", folder, "--dry-run", "--json").stdout)
    return rows


def prove_survey(one: Lab) -> tuple[Path, list[Packet]]:
    """Survey once, capture beside it: nothing forbidden was touched, the ledger tells the truth."""
    folder = one.copy("whole")
    plan = plan_rows(folder)
    with one.captured("whole") as pcap:
        sekisho("survey", folder, "--close", codes=frozenset({0, 3}))
    packets = list(sent_by(read(pcap), one.sources()))
    forbidden = {r["address"] for r in plan if r["packets"] == 0}
    touched = Counter(p.target for p in packets if p.target in forbidden)
    claim(
        f"0 packets to the {len(forbidden)} addresses that are excluded, T0 or outside",
        not touched,
        dict(touched) or "",
    )
    planned = {r["address"] for r in plan}
    strangers = {p.target for p in packets} - planned
    claim("0 packets to any address that is not in the plan", not strangers, strangers or "")
    ports = set(one.config()["scope"].get("exclude_ports", []))
    claim(f"0 packets to excluded ports {sorted(ports)}", not [p for p in packets if p.target_port in ports])
    prove_ledger(folder, packets)
    tell(claims.careful(ledger_of(folder), packets))
    return folder, packets


def tell(found: Iterable[Claim]) -> None:
    """Print claims; end at the first that does not hold."""
    for one in found:
        claim(one.text, one.holds, one.figure)


def prove_ledger(folder: Path, packets: list[Packet]) -> None:
    """Hold the ledger against the capture: connections by 4-tuple, datagrams, frames, packets per host."""
    rows = ledger_of(folder)
    tell([claims.connections(rows, packets), claims.datagrams(rows, packets), claims.frames(rows, packets)])
    if any(r.kind == "kernel" for r in rows):
        tell([claims.per_host(rows, packets)])
    every = Counter(p.target for p in packets)
    settled = Counter[str]()
    for row in rows:
        settled[row.address] += row.packets if row.kind == "settle" else 0
    off = {a: (settled[a], every[a]) for a in every if abs(settled[a] - every[a]) > 0.05 * every[a]}
    claim("packets counted by the sockets within 5 % per host", not off, off or "")


def prove_pace(one: Lab) -> None:
    """Survey in the gentle pace: no host sees more than the profile allows in any second."""
    folder = one.copy("gentle")
    shipped = (Path(__file__).parent.parent / "profiles/pace/gentle.toml").read_text("utf-8")
    limits = tomllib.loads(shipped)
    # the shipped limits with the T1 ports alone: asking the further ports too would take many minutes at this pace
    (folder / "gentle.toml").write_text(re.sub(r"(?ms)^t2_ports = \[.*?^\]", "t2_ports = []", shipped), "utf-8")
    path = folder / "engagement.toml"
    path.write_text(path.read_text("utf-8").replace('profile = "lab"', 'profile = "gentle.toml"'), "utf-8")
    with one.captured("gentle") as pcap:
        sekisho("survey", folder, "--close", codes=frozenset({0, 3}))
    packets = list(sent_by(read(pcap), one.sources()))
    worst = max(busiest_second(packets).values())
    claim(
        f"gentle: no host above {limits['host_packets_per_s']} packets in any second",
        worst <= limits["host_packets_per_s"],
        worst,
    )
    total = max(busiest_second([Packet(p.at, "", "all", 0) for p in packets]).values())
    claim(f"gentle: never above {limits['packets_per_s']} packets/s in all", total <= limits["packets_per_s"], total)


def prove_replay(folder: Path) -> None:
    """The report replays byte for byte; one flipped byte of evidence is refused and named."""
    sekisho("report", folder)
    sekisho("replay", folder)
    claim("replay reproduces report.json byte for byte", holds=True)
    victim = random.choice(sorted((folder / "evidence").glob("*/*")))  # noqa: S311 - any one will do
    raw = bytearray(victim.read_bytes())
    raw[len(raw) // 2] ^= 1
    victim.write_bytes(raw)
    refused = sekisho("replay", folder, codes=frozenset({5}))
    claim("one flipped byte: exit 5, and it says where", victim.name in refused.stderr, victim.name[:12])
    raw[len(raw) // 2] ^= 1
    victim.write_bytes(raw)


def prove_kills(one: Lab, whole: Path, seed: int) -> None:
    """Kill one survey twenty times and resume it: nothing finished is repeated, the report is the same."""
    folder, dice = one.copy("killed"), random.Random(seed)  # noqa: S311 - repeatable
    kills = 0
    with one.captured("killed") as pcap:
        while kills < KILLS:
            process = start("survey", folder, *(["--resume"] if _has_run(folder) else []))
            time.sleep(dice.uniform(1.0, 2.4))  # a random moment is what is wanted here
            if process.poll() is not None:
                claim("a resumed survey ends well or not at all", process.returncode == 0, f"exit {process.returncode}")
                break
            process.send_signal(signal.SIGKILL)
            process.wait()
            kills += 1
        sekisho("survey", folder, "--close", codes=frozenset({0, 3}))
    claim(f"killed {kills} times at random moments (seed {seed}) and resumed to the end", kills > 0)
    packets = list(sent_by(read(pcap), one.sources()))
    tell(claims.careful(ledger_of(folder), packets))
    rows = database_rows(
        folder,
        "select job, count(*) from ledger where kind = 'start' and job not like '%|watch|%' "
        "group by job having count(*) > 2",
    )
    claim("no probe was begun more than twice", not rows, rows or "")
    repeated = database_rows(
        folder,
        "select l.job from ledger l join attempt a on a.job = l.job and a.run = l.run "
        "where l.kind = 'start' and l.seq > "
        "(select max(s.seq) from ledger s where s.job = l.job and s.kind = 'settle') "
        "and l.at > a.at and a.evidence is not null and l.job not like '%|watch|%'",
    )
    claim("no finished probe was begun again", not repeated, repeated or "")
    sekisho("report", folder)
    _compare_reports(whole / "out" / "report.json", folder / "out" / "report.json")


def _has_run(folder: Path) -> bool:
    """Tell whether a run was opened: a survey that was killed before that leaves nothing to resume."""
    if not (folder / FILE_NAME).is_file():
        return False
    tables = "select 1 from sqlite_master where name = 'run'"
    return bool(database_rows(folder, tables)) and bool(database_rows(folder, "select id from run"))


def _compare_reports(whole: Path, killed: Path) -> None:
    """Apart from times, run ids, ledger and interrupted rows the two reports say the same."""
    left, right = (_comparable(json.loads(p.read_bytes())) for p in (whole, killed))
    report = json.loads(killed.read_bytes())
    touched = {a["subject"] for a in report["attempts"] if a["outcome"] == "interrupted"}
    hosts = {s.split(":", 1)[1].split("/")[0] for s in touched if ":" in s}
    # a line of the register is judged by its terminal device: what was cut off there concerns the line too
    touched |= {f"point:@{n}" for p in report["connection_points"] if hosts & {*p["addresses"]} for n in p["numbers"]}
    differing = sorted(
        {key for key in {*left, *right} if left.get(key) != right.get(key) and not _concerns(key, touched)}
    )
    claim("the resumed report equals the uninterrupted one", not differing, differing[:5] or f"{len(left)} statements")


def _comparable(report: dict[str, Any]) -> dict[str, Any]:
    """Give a report's statements, keyed, without what may differ: times, ids of evidence, the ledger."""
    rows: dict[str, Any] = {}
    for part in ("connection_points", "assets", "services", "findings"):
        for row in report[part]:
            rows[f"{part}:{row['id']}"] = {k: v for k, v in row.items() if k not in {"evidence", "reason", "findings"}}
    for row in report["answers"]:
        rows[f"answers:{row['item']}@{row['subject']}"] = row["state"]
    return rows


def _concerns(key: str, subjects: set[str]) -> bool:
    """Tell whether a statement is about a subject whose probe was cut off."""
    hosts = {s.split(":", 1)[1].split("/")[0] for s in subjects if ":" in s}
    return any(f":{h}/" in key or key.endswith(f":{h}") or f"@host:{h}" in key for h in hosts) or (
        bool(hosts) and key.startswith("answers:")
    )


def main() -> int:
    """Run all parts, or those named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=random.randrange(2**32))  # noqa: S311 - printed, repeatable
    parser.add_argument("--keep", type=Path, help="keep the working folder here")
    options = parser.parse_args()
    folder = options.keep or Path(tempfile.mkdtemp(prefix="sekisho-proof-"))
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with lab("sample-hospital", folder) as one:
            whole, _ = prove_survey(one)
            prove_replay(whole)
            prove_kills(one, whole, options.seed)
        with lab("one-device", folder) as one:
            prove_pace(one)
    finally:
        if options.keep is None:
            shutil.rmtree(folder, ignore_errors=True)
    print("proof: every claim holds")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
