"""The gentle pace while work is waiting: how much of the profile is used, and that it is never exceeded."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sekisho.gate.pacing import CLOSE_PACKETS, CONNECT_PACKETS
from sekisho.model.pace import Pace
from sekisho.profile_files import load_pace
from tools.benching.bed import NETWORK, NEXT_HOP, OUR_ADDRESS, Truth, bed
from tools.benching.folder import make_folder, pace_text
from tools.proving.capture import Packet, read, sent_by

SECONDS: Final = 40.0
_SETTLING_S: Final = 5.0  # until the first hosts have their turn


@dataclass(frozen=True, slots=True)
class Gentle:
    """What a capture shows. Utilisation counts whole seconds after the start, while hundreds of hosts wait."""

    pace: Pace
    seconds: float
    packets: int
    connects: int
    busiest_all: int
    busiest_host: int
    busiest_connects: int

    def text(self) -> str:
        """Write the section of the page."""
        pace, s = self.pace, self.seconds
        rows = [
            ("packets, all", self.packets / s, self.busiest_all, pace.packets_per_s),
            ("new connections", self.connects / s, self.busiest_connects, pace.connections_per_s),
        ]
        lines = [
            f"| {name} | {limit} | {mean:.2f} | {mean / limit:.0%} | {busiest} |" for name, mean, busiest, limit in rows
        ]
        binds = max(rows, key=lambda row: row[1] / row[3])[0]
        each = self.packets / self.connects
        room = pace.connections_per_s * each
        return "\n".join(
            [
                "## The gentle pace while work is waiting",
                "",
                f"The same network, {s:.0f} seconds, all hosts waiting.",
                f"Busiest second of one host: {self.busiest_host} packets, limit {pace.host_packets_per_s}.",
                "",
                "| per second | limit | mean | of the limit | busiest second, wherever it begins |",
                "|---|---|---|---|---|",
                *lines,
                "",
                f"What binds: {binds}. In this pace an unknown host gets connects and nothing else, and a connect to a",
                f"closed or silent port is a single packet. Here a connection took {each:.2f} packets in the mean:",
                f"{pace.connections_per_s} a second are {room:.1f} packets;",
                f"{pace.packets_per_s} packets would be {pace.packets_per_s / each:.0f} connections.",
                "Packets bind instead where hosts are talked to (T2):",
                f"up to {CONNECT_PACKETS + CLOSE_PACKETS} packets are reserved for one connection there.",
            ]
        )


def gentle(wanted: Truth, work: Path) -> Gentle:
    """Survey in the gentle pace for a while and read the capture."""
    pcap = work / "gentle.pcap"
    with bed(wanted) as place:
        folder = make_folder(work / "gentle", NETWORK, NEXT_HOP, pace_text("gentle", {}))
        with place.captured(pcap):
            command = [sys.executable, "-P", "-m", "tools.benching.ports_survey", str(folder), str(SECONDS)]
            subprocess.run(place.command(*command), check=False, timeout=SECONDS * 3)
    return held_against(load_pace("gentle"), list(sent_by(read(pcap), {OUR_ADDRESS})))


def held_against(pace: Pace, packets: list[Packet]) -> Gentle:
    """Count what left."""
    packets = [p for p in packets if p.protocol]
    begin = packets[0].at + _SETTLING_S
    end = begin + int(packets[-1].at - begin)
    within = [p for p in packets if begin <= p.at < end]
    hosts = {p.target for p in packets}
    return Gentle(
        pace=pace,
        seconds=end - begin,
        packets=len(within),
        connects=sum(p.opens for p in within),
        busiest_all=_busiest(packets),
        busiest_host=max(_busiest(p for p in packets if p.target == host) for host in hosts),
        busiest_connects=_busiest(p for p in packets if p.opens),
    )


def _busiest(packets: Iterable[Packet]) -> int:
    """Give the most packets in any one second."""
    times = sorted(p.at for p in packets)
    first, most = 0, 0
    for last, moment in enumerate(times):
        while times[first] <= moment - 1.0:
            first += 1
        most = max(most, last - first + 1)
    return most
