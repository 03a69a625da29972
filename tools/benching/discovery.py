"""`make bench-discovery`: open ports of a /24, ours beside nmap and masscan, then the gentle pace; writes the page.

Needs root, nmap, masscan, tcpdump, nft. Nothing leaves the machine: both ends are network namespaces made here.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import resource
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from scanners.ports.probe import SCANNER
from sekisho.model.facts import PortSeen, PortStatus
from sekisho.model.subjects import endpoint_of
from sekisho.profile_files import load_pace
from sekisho.store.journal import Journal
from tools.benching.bed import COUNTS, NETWORK, NEXT_HOP, OPEN_IN_ALL, OUR_ADDRESS, Bed, Truth, bed, truth
from tools.benching.folder import make_folder, pace_text, port_list
from tools.benching.gentle import Gentle, gentle
from tools.benching.spent import spent, text

PAGE: Final = Path(__file__).parents[2] / "docs" / "benchmarks" / "discovery.md"
_SEED: Final = 827
_OTHERS: Final = (("seed 1", 1, False), ("seed 2", 2, False), ("evenly", 3, True))
"""Networks that ours and nmap -sS meet besides: name, seed, services drawn evenly."""
_HEAD: Final = "| tool | wall s | CPU s | SYNs | packets to the network | open found | missed | false |"
_RULE: Final = "|---|---|---|---|---|---|---|---|"
_NMAP_WAITS_S: Final = 0.5  # nmap(1): -T4 sets --initial-rtt-timeout 500ms
_MASSCAN_TRIES: Final = 4
_MASSCAN_SLACK_S: Final = 40
_Pairs = frozenset[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class Row:
    """One tool's figures."""

    tool: str
    wall_s: float
    cpu_s: float
    syns: int
    packets: int
    found: _Pairs
    ended: bool
    wanted: Truth

    def cells(self) -> str:
        """Write the table row."""
        end, wanted = "" if self.ended else ", cut off", self.wanted
        right = len(self.found & wanted.pairs)
        return (
            f"| {self.tool} | {self.wall_s:.1f}{end} | {self.cpu_s:.1f} | {self.syns:,} | {self.packets:,}"
            f" | {right} | {len(wanted.pairs) - right} | {len(self.found) - right} |"
        )


def measured(place: Bed, tool: str, command: list[str], read: Callable[[], _Pairs], limit_s: float) -> Row:
    """Run one tool on our side of the network and count what arrives."""
    before, worked, began = place.counters(), _children_s(), time.monotonic()
    errors = None if command[0] == sys.executable else subprocess.DEVNULL  # ours has something to say when it fails
    running = subprocess.Popen(place.command(*command), stdout=subprocess.DEVNULL, stderr=errors)
    try:
        running.wait(limit_s)
        ended = True
    except subprocess.TimeoutExpired:
        running.terminate()
        running.wait()
        ended = False
    wall_s, cpu_s, after = time.monotonic() - began, _children_s() - worked, place.counters()
    syns, arrived = (after[name] - before[name] for name in ("syns", "arrived"))
    row = Row(tool, wall_s, cpu_s, syns, arrived, read(), ended, place.truth)
    print(row.cells(), flush=True)
    return row


def _children_s() -> float:
    """Give the CPU seconds of the programs that ended so far."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def ours(place: Bed, work: Path, *, network: str = NETWORK, wait_s: float | None = None) -> Row:
    """Survey the ports in the lab pace, by crafted SYNs. wait_s: for an answer, instead of what the pace says."""
    wanted = place.truth
    t1_ports = load_pace("lab").t1_ports
    frequent = [p for p in wanted.frequent if p not in t1_ports]
    others = [p for p in wanted.ports if p not in {*t1_ports, *frequent}]
    changes = {
        "raw_syn": "true",
        "silent_ports": str(len(frequent)),
        "t2_ports": port_list([*frequent, *others]),
    }
    tool = "sekisho, lab pace, SYN"
    if wait_s is not None:
        changes["connect_timeout_s"] = str(wait_s)
        tool += f", waits {wait_s} s"
    folder = make_folder(work / "ours", network, NEXT_HOP, pace_text("lab", changes))
    command = [sys.executable, "-P", "-m", "tools.benching.ports_survey", str(folder)]
    return measured(place, tool, command, lambda: surveyed(folder), 300)


def surveyed(folder: Path) -> _Pairs:
    """Read the open ports from the evidence, as a replay would."""
    journal = Journal(folder, read_only=True)
    try:
        transcripts = [t for t in journal.transcripts(journal.current().id).values() if t.scanner == SCANNER.id]
    finally:
        journal.dispose()
    found = set()
    for transcript in transcripts:
        for subject, fact in SCANNER.read(transcript).facts:
            if isinstance(fact, PortSeen) and fact.status is PortStatus.OPEN and (end := endpoint_of(subject)):
                found.add((str(end[0]), end[2]))
    return frozenset(found)


def nmap(place: Bed, work: Path, *options: str, hosts: Sequence[str] = (), limit_s: float = 300) -> Row:
    """Run nmap on the same ports; hosts: those only, else the whole network."""
    tool = f"nmap {' '.join(options)} -T4{f', {len(hosts)} hosts' if hosts else ''}"
    output = work / f"{tool}.xml"
    ports = ",".join(map(str, place.truth.ports))
    command = ["nmap", "-n", *options, "-T4", "-p", ports, "-oX", str(output), *(hosts or [NETWORK])]
    return measured(place, tool, command, lambda: _nmap_found(output), limit_s)


def _nmap_found(output: Path) -> _Pairs:
    """Read nmap's XML; a run that was ended leaves it unfinished."""
    text = output.read_text("utf-8")
    if "</nmaprun>" not in text:
        text += "</nmaprun>"
    try:
        root = ET.fromstring(text)  # noqa: S314 - written by the nmap that we started
    except ET.ParseError:
        return frozenset()
    return frozenset(
        (host.find("address").get("addr", ""), int(port.get("portid", "0")))  # type: ignore[union-attr]
        for host in root.iter("host")
        for port in host.iter("port")
        if (state := port.find("state")) is not None and state.get("state") == "open"
    )


def masscan(place: Bed, work: Path, rate: int) -> Row:
    """Run masscan on the same ports; it has a stack of its own, so the kernel's answers to it are no concern of it.

    Now and then it does not come to its end, and keeps what it found to itself: then it is started again.
    """
    output = work / f"masscan{rate}.list"
    ports = ",".join(map(str, place.truth.ports))
    options = ["--adapter", "b0", "--adapter-ip", OUR_ADDRESS, "--router-mac", place.next_hop_mac, "--wait", "2"]
    command = ["masscan", NETWORK, "-p", ports, "--rate", str(rate), *options, "-oL", str(output)]
    limit_s = _MASSCAN_SLACK_S + 2 * len(place.truth.ports) * len(place.truth.kinds) / rate
    for _ in range(_MASSCAN_TRIES):
        output.unlink(missing_ok=True)
        row = measured(place, f"masscan --rate {rate:,}", command, lambda: _masscan_found(output), limit_s)
        if row.ended:
            break
    return row


def _masscan_found(output: Path) -> _Pairs:
    """Read masscan's list."""
    lines = output.read_text("utf-8") if output.exists() else ""
    return frozenset((a, int(p)) for p, a in re.findall(r"^open tcp (\d+) (\S+)", lines, re.MULTILINE))


def machine() -> str:
    """Describe the machine without naming it."""
    cores = os.cpu_count()
    return f"{cores} cores, Linux {platform.release().split('-')[0]}, Python {platform.python_version()}"


def version_of(*command: str) -> str:
    """Ask a program for its version."""
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    number = re.search(r"(\d+\.\d+(\.\d+)?)", said.stdout + said.stderr)
    return f"{command[0]} {number[1] if number else '?'}"


def others(work: Path) -> list[tuple[str, Row]]:
    """Let ours and nmap -sS meet other networks."""
    rows = []
    for number, (name, seed, evenly) in enumerate(_OTHERS):
        with bed(truth(seed, evenly=evenly)) as place:
            folder = work / f"other{number}"
            folder.mkdir()
            rows += [(name, row) for row in (ours(place, folder), nmap(place, folder, "-sS"))]
    return rows


def page(rows: Sequence[Row], more: Sequence[tuple[str, Row]], packets: str, careful: Gentle) -> str:
    """Write the page."""
    kinds = ", ".join(f"{n} {k}" for k, n in COUNTS.items())
    table, others_table = "\n".join(r.cells() for r in rows), "\n".join(f"| {name} {r.cells()}" for name, r in more)
    versions = ", ".join((version_of("nmap", "--version"), version_of("masscan", "--version")))
    ours_row, first = rows[0], rows[1]
    return f"""# Discovery of open ports

Measured {datetime.now(UTC):%Y-%m-%d}: {machine()}; {versions}.
Written by `make bench-discovery`; figures, not promises.

## A /24 behind a router's hop

254 addresses ({kinds}), {OPEN_IN_ALL} open ports. Every tool is asked for the same {len(ours_row.wanted.ports)} ports:
nmap's 1,000 most frequent, and 104, 2575, 11112.

- answers: closed ports reset, echo is answered; open ports are any of the thousand
- drops: nothing answers but 2 or 3 services
- rejects: ICMP "administratively prohibited" for all but 2 services, echo too
- silent: nothing answers

The services of the dropping and rejecting hosts are drawn from nmap's hundred most frequent ports, each as often as
nmap's makers found it open. Printer ports are left out, since a survey stops there by rule. ICMP errors are not limited
in rate: one kernel stands for many hosts.

Two network namespaces on one machine; packets are counted where they arrive. Wall time is that of the whole process,
start of the program included, each tool with priority over other work of the machine. Segmentation is off in the
interfaces: where it is on, masscan's capture buffer holds 32 packets, and it missed 44 to 375 ports here for that
reason alone. Where masscan does not come to its end, as happens, it is started again. Ours is the lab pace with crafted
SYNs, these ports instead of its list, and the hundred most frequent ones asked on silent hosts too. It writes each SYN
to the ledger before it leaves, and keeps every answer as evidence.

{_HEAD}
{_RULE}
{table}

Ours waits {load_pace("lab").connect_timeout_s} s for each answer, as the lab pace says; nmap -T4 begins with
{_NMAP_WAITS_S} s and learns from what answers. Of a host that drops, the three DICOM and HL7 ports are asked first, one
after the other; with the echo, the T1 ports and all further ones that makes six such waits in a row at least.

Ours takes {ours_row.wall_s / first.wall_s:.2f} of the wall time of nmap -sS -T4, and {_ratio(ours_row, first)} of
its packets. nmap without -Pn leaves out the hosts that its host discovery takes for absent: it saves their packets and
misses their open ports. Packets compare where as much was asked: with -Pn on the hosts that are there (nmap was told
which they are, ours was not), {_ratio(ours_row, rows[-2])}; with -Pn on all addresses, {_ratio(ours_row, rows[-1])}.

{packets}

### Other networks

The same counts of hosts and ports from other seeds. Evenly: services of the dropping and rejecting hosts drawn evenly
from the hundred; few of them are ports by which nmap finds a host, so that it leaves most of these hosts out. It is
faster then, by all the ports that it does not ask.

| network {_HEAD}
|---{_RULE}
{others_table}

{careful.text()}
"""


def _ratio(one: Row, other: Row) -> str:
    """Compare packets."""
    return f"{one.packets / other.packets:.2f}"


def main() -> None:
    """Run everything and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=["ours", "gentle"], help="one part, without writing the page")
    chosen = parser.parse_args().only
    wanted = truth(_SEED)
    with tempfile.TemporaryDirectory() as temporary:
        work = Path(temporary)
        if chosen == "gentle":
            print(gentle(wanted, work).text())
            return
        with bed(wanted) as place:
            rows = [ours(place, work)]
            said = text(spent(work / "ours", wanted), wanted, 0)
            if chosen == "ours":
                print(said)
                return
            rows += theirs(place, work)
        packets = text(spent(work / "ours", wanted), wanted, rows[1].packets)
        PAGE.write_text(page(rows, others(work), packets, gentle(wanted, work)), "utf-8")


def theirs(place: Bed, work: Path) -> list[Row]:
    """Run the other tools, nmap -sS first; with -Pn last, on the hosts that are there and on all addresses.

    Among them ours again, waiting for an answer as long as nmap -T4 does at first.
    """
    rows = [nmap(place, work, "-sS"), nmap(place, work, "-sT")]
    (work / "sooner").mkdir()
    rows.append(ours(place, work / "sooner", wait_s=_NMAP_WAITS_S))
    rows += [masscan(place, work, rate) for rate in (10_000, 100_000, 1_000_000)]
    there = [a for a, kind in place.truth.kinds.items() if kind != "silent"]
    rows.append(nmap(place, work, "-sS", "-Pn", hosts=there, limit_s=150))
    rows.append(nmap(place, work, "-sS", "-Pn", limit_s=150))
    return rows


if __name__ == "__main__":
    main()
