"""Saves what passes in a lab's namespace.

Started as `python -P -m lab.drivers.capture WORK OUT SECONDS REPORT_FD SEGMENT`.
Loopback: on lo and on the void every packet is seen twice (going out and coming in); each is kept once.
Container: each frame is kept where it comes from its sender's cable, before the bridge copies it to others.
SECONDS 0 = until SIGTERM; SEGMENT empty = all. On REPORT_FD comes one line when the listening has begun, and one with
the count at the end.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import selectors
import signal
import socket
import struct
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from lab.capture_file import PcapWriter
from lab.drivers.container.plan import bridge_name, is_cable_end
from lab.drivers.control import handle_of
from lab.drivers.namespace import enter
from lab.drivers.topology import VOID
from lab.errors import LabError
from lab.scenario.load import load_scenario
from lab.work import Work

ALL_PROTOCOLS = 0x0003  # ETH_P_ALL of linux/if_ether.h
OUTGOING = 4  # PACKET_OUTGOING of linux/if_packet.h
LARGEST_FRAME = 262144
SOL_PACKET, STATISTICS = 263, 6  # linux/socket.h, linux/if_packet.h
RECEIVE_BUFFER = 16 * 1024 * 1024


def is_kept(interface: str, packet_type: int, bridge: str | None = None) -> bool:
    """Keep what arrives on lo or from a cable, and what leaves into the void: each packet once, as they come."""
    if bridge is not None or is_cable_end(interface):
        return is_cable_end(interface, bridge) and packet_type != OUTGOING
    return packet_type != OUTGOING if interface == "lo" else interface == VOID and packet_type == OUTGOING


def listen() -> socket.socket:
    """Open a socket that hears every frame of the namespace."""
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ALL_PROTOCOLS))
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
    sock.setblocking(False)
    return sock


def bridge_of(work: Work, segment: str) -> str | None:
    """Give the bridge of a segment; None = all of them.

    Raises: LabError where there is no such segment, or segments are no networks of their own.
    """
    if not segment:
        return None
    scenario = load_scenario(work.root, today=datetime.now(UTC).date())
    names = [row.name for row in scenario.segment]
    record = work.record()
    if segment not in names or record is None or record.driver != "container":
        raise LabError("capture.no_segment", segment=segment, known=", ".join(names))
    return bridge_name(names.index(segment))


def lost_by(sock: socket.socket) -> int:
    """Give how many frames the kernel had no room for (packet(7), PACKET_STATISTICS)."""
    return int(struct.unpack("=II", sock.getsockopt(SOL_PACKET, STATISTICS, 8))[1])


def save(sock: socket.socket, writer: PcapWriter, seconds: float, bridge: str | None) -> int:
    """Save frames until the time is over (0 = no end) or SIGTERM comes; gives their number."""
    waker, wake = socket.socketpair()
    wake.setblocking(False)
    signal.set_wakeup_fd(wake.fileno())
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: None)  # the wake-up says it
    count, end_at = 0, time.monotonic() + seconds
    with selectors.DefaultSelector() as selector:
        selector.register(sock, selectors.EVENT_READ)
        selector.register(waker, selectors.EVENT_READ)
        while True:
            left = end_at - time.monotonic() if seconds else None
            ready = {key.fileobj for key, _ in selector.select(left)} if left is None or left > 0 else set()
            count += _drain(sock, writer, bridge)
            if waker in ready or not ready:
                return count


def _drain(sock: socket.socket, writer: PcapWriter, bridge: str | None) -> int:
    """Save what is there."""
    count = 0
    while True:
        try:
            frame, (interface, _, packet_type, *_) = sock.recvfrom(LARGEST_FRAME)
        except BlockingIOError:
            return count
        if is_kept(interface, packet_type, bridge):
            writer.write(frame, time.time())
            count += 1


def main(folder: str, out: str, seconds: str, descriptor: str, segment: str) -> int:
    """Capture in the lab of `folder`."""
    logging.basicConfig(level=logging.INFO)
    with os.fdopen(int(descriptor), "wb", buffering=0) as report:
        try:
            work = Work(Path(folder))
            handle, bridge = handle_of(work), bridge_of(work, segment)
            with Path(out).open("wb") as file:
                enter(handle)
                with listen() as sock:
                    report.write(json.dumps({"state": "listening"}).encode() + b"\n")
                    count = save(sock, PcapWriter(file), float(seconds), bridge)
                    lost = lost_by(sock)
        except LabError as refused:
            report.write(json.dumps({"key": refused.key, "values": refused.values}).encode() + b"\n")
            return 2
        except OSError as refused:
            values = {"key": "capture.refused", "values": {"reason": str(refused)}}
            report.write(json.dumps(values).encode() + b"\n")
            return 2
        with contextlib.suppress(BrokenPipeError):  # in the background nobody listens any more
            report.write(json.dumps({"state": "done", "packets": count, "lost": lost}).encode() + b"\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:6]))
