"""Records the golden transcripts of the ike scanner from the strongSwan hosts of the container scenario `ike`.

Run by hand, as root, while that lab is up: `python -m tests.golden.record_ike NAMESPACE`, with the name that
`sekisho lab up tests/integration/containers/scenarios/ike --driver container --json` tells. A person reviews the
difference before it is committed.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

from lab.drivers.namespace import inside
from scanners.ike.probe import SCANNER
from sekisho.gate.wire import ConnectFailed
from sekisho.model.subjects import Subject
from sekisho.model.transcript import Transcript
from tests.golden.facts_json import reading_json
from tests.unit.scanners.fakes import FakeWire, Replies, job

FOLDER = Path(__file__).parent / "ike"
SOFTWARE = "strongSwan charon 5.9.8 (Debian 12)"
HOSTS = {
    "v2-one-suite": ("198.18.5.1", "IKEv2: aes256-sha256-modp2048"),
    "v2-three-suites": (
        "2001:db8:5::2", "IKEv2: aes256gcm16-prfsha384-ecp384, aes128-sha256-modp3072, 3des-sha1-modp1024",
    ),
    "v1-main": ("198.18.5.4", "IKEv1: aes256-sha1-modp1536, 3des-md5-modp1024"),
    "v1-aggressive": ("198.18.5.5", "IKEv1 with aggressive mode: 3des-sha1-modp1024"),
    "both-versions": ("198.18.5.6", "IKEv1 with aggressive mode, IKEv2: aes256-sha256-modp2048, 3des-sha1-modp1024"),
}  # fmt: skip
_ANSWER_S = 1.0


def talk_to(namespace: str, address: str, port: int) -> FakeWire:
    """Let the scanner ask a host of the lab."""

    def ask(datagram: bytes) -> Sequence[bytes]:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        with socket.socket(family, socket.SOCK_DGRAM) as asked:
            asked.settimeout(_ANSWER_S)
            asked.connect((address, port))
            try:
                asked.send(datagram)
                return [asked.recv(65535)]
            except (TimeoutError, ConnectionRefusedError):
                return []

    given = job("ike", port, address="192.0.2.38", transport="udp", options={"answered": []})
    wire = FakeWire(given, replies=Replies(datagrams=ask), mask=SCANNER.mask)
    with inside(Path("/run/netns") / namespace):
        asyncio.run(survey(wire))
    return wire


async def survey(wire: FakeWire) -> None:
    """Let the scanner ask until it is done or given up."""
    with contextlib.suppress(ConnectFailed):
        await SCANNER.run(wire.job, wire)


def keep(name: str, transcript: Transcript, device: str, origin: str) -> None:
    """Write the three files of one golden transcript; times are left out, they say nothing."""
    events = tuple(replace(e, at_ms=0) for e in transcript.events)
    at = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
    plain = replace(transcript, events=events, subject=Subject("service:192.0.2.38/udp/500"), started_at=at)
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / f"{name}.raw").write_bytes(plain.to_bytes())
    (FOLDER / f"{name}.json").write_text(reading_json(SCANNER.read(plain)), "utf-8")
    (FOLDER / f"{name}.meta.toml").write_text(
        f'device = "{device}"\nfirmware = "{SOFTWARE if origin.startswith("recorded") else "none"}"\n'
        f'origin = "{origin}"\ndate = {date(2026, 11, 21)}\nconsent = "own machine"\n'
        'anonymised = "address replaced; what proves a shared key was blanked by the scanner"\n',
        "utf-8",
    )


def main(namespace: str) -> None:
    """Record everything."""
    for name, (address, device) in HOSTS.items():
        keep(name, talk_to(namespace, address, 500).transcript(), device, "recorded in a container lab")
    for name, refuses in (("silent", False), ("closed", True)):
        given = job("ike", 500, address="192.0.2.38", transport="udp", options={"answered": []})
        wire = FakeWire(given, replies=Replies(refuses=refuses))
        asyncio.run(survey(wire))
        keep(name, wire.transcript(), f"{name} port", "made by hand: nothing answers")


if __name__ == "__main__":
    main(sys.argv[1])
