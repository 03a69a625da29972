"""DICOM and HL7 ports: nothing but a connect, unless a consent names `dicom_associate` and the tier allows (ADR 0037).

What leaves is read off the loopback interface, not out of our own records.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import replace
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest

from scanners.dicom.pdu import RELEASE, REQUEST
from sekisho.engine.plan import Planner
from sekisho.engine.survey import SurveyPlan
from sekisho.gate.namespaces import Namespace
from sekisho.model.attempts import Outcome
from sekisho.model.clinical_facts import DicomAssociation
from sekisho.model.engagement import Consent, Method, TierRow
from sekisho.model.subjects import IPAddress, service
from sekisho.model.tiers import Tier
from sekisho.model.transcript import Transcript
from sekisho.profile_files import load_fragility
from sekisho.scope import Scope
from tests.property.paces import lab
from tests.unit.engine.scanners import HOSTS, PATIENT, Ward, ward
from tests.unit.engine.test_real_services import SHIPPED
from tests.unit.gate.posts import NETWORKS, NOW, VANTAGE, engagement
from tests.unit.scanners.golden import transcript

pytestmark = [
    pytest.mark.timeout(60),
    pytest.mark.skipif(os.geteuid() != 0, reason="needs root to listen on port 104 and to capture"),
]
V6 = ip_address("::1")
HL7 = 2575
CLINICAL = (104, HL7, 2761, 2762, 11112)
ACCEPTED = transcript("dicom", "storescp").received()[:252]
WITHOUT = frozenset(Method) - {Method.DICOM_ASSOCIATE}
_TCP = 6


class Captured:
    """TCP payload that went to clinical ports, by port, as it stood on the wire."""

    def __init__(self, heard: socket.socket) -> None:
        self._heard = heard

    def payloads(self) -> dict[int, bytes]:
        found: dict[int, bytes] = {}
        with contextlib.suppress(BlockingIOError):
            while frame := self._heard.recvfrom(65536):
                data, (_, _, direction, *_) = frame
                if direction != socket.PACKET_OUTGOING:  # each frame on lo is heard leaving and coming
                    continue
                to, payload = _segment(data[14:])
                if to in CLINICAL:
                    found[to] = found.get(to, b"") + payload
        return found


def _segment(packet: bytes) -> tuple[int, bytes]:
    """Give destination port and payload of a TCP segment; (0, b"") for anything else."""
    if packet[0] >> 4 == 4:
        size, proto, whole = (packet[0] & 15) * 4, packet[9], int.from_bytes(packet[2:4], "big")
    else:
        size, proto, whole = 40, packet[6], 40 + int.from_bytes(packet[4:6], "big")
    if proto != _TCP:
        return 0, b""
    segment = packet[size:whole]
    return int.from_bytes(segment[2:4], "big"), segment[(segment[12] >> 4) * 4 :]


@pytest.fixture
def captured() -> Iterator[Captured]:
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0003)) as heard:
        heard.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        heard.bind(("lo", 0))
        heard.setblocking(False)
        yield Captured(heard)


@contextlib.asynccontextmanager
async def listening(address: IPAddress, ports: Sequence[int]) -> AsyncIterator[None]:
    """Accept an association and its release as storescp does, on each port; silent until spoken to."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            if (await reader.read(4096))[:1] == REQUEST[:1]:
                writer.write(ACCEPTED)
                if await reader.read(4096) == RELEASE:
                    writer.write(b"\x06" + RELEASE[1:])
                await reader.read()
        writer.close()

    servers = [await asyncio.start_server(talk, str(address), port) for port in ports]
    try:
        yield
    finally:
        for server in servers:
            server.close()


def room_of(folder: Path, ports: Sequence[int], *consents: Consent, tier: Tier = Tier.T3) -> Ward:
    """Build a survey with every shipped scanner and rule."""
    pace: Any = lab(t1_ports=tuple(ports), t2_ports=(), read_timeout_s=0.5, budget=(None, None, None))
    room = ward(folder, (HOSTS, *SHIPPED), pace=pace, fragility=load_fragility())
    whole = engagement(tier)
    rows = (TierRow(NETWORKS, (), (), tier, "test"),)
    whole = replace(whole, consents=consents or whole.consents, scope=replace(whole.scope, tiers=rows))
    room.kit.engagement = whole
    room.kit.scope = room.post.gate.scope = Scope(whole, pace, load_fragility())
    return room


def consent(methods: frozenset[Method] = frozenset(Method), most: Tier = Tier.T3) -> Consent:
    return replace(engagement().consents[0], methods=methods, max_tier=most)


def told(room: Ward, address: IPAddress = PATIENT) -> dict[int, tuple[Outcome, list[DicomAssociation]]]:
    """Give what the dicom scanner recorded, by port."""
    found: dict[int, tuple[Outcome, list[DicomAssociation]]] = {}
    scanner = next(s for s in SHIPPED if s.id == "dicom")
    for record in room.journal.recorded("run"):
        attempt = record.attempt
        if attempt.scanner == "dicom":
            raw = room.journal.evidence.get(attempt.evidence[0]) if attempt.evidence else None
            facts = scanner.read(Transcript.from_bytes(raw)).facts if raw else ()
            port = int(attempt.subject.rsplit("/", 1)[1])
            assert attempt.subject == service(address, "tcp", port)
            found[port] = (attempt.outcome, [f for _, f in facts if isinstance(f, DicomAssociation)])
    return found


@pytest.mark.parametrize("address", [PATIENT, V6], ids=str)
@pytest.mark.parametrize("ports", [CLINICAL, *((p,) for p in CLINICAL)], ids=str)
async def test_without_consent_by_name_no_byte_leaves(
    tmp_path: Path, captured: Captured, ports: tuple[int, ...], address: IPAddress
) -> None:
    async with listening(address, ports):
        room = room_of(tmp_path, ports, consent(WITHOUT))
        await room.survey(address)
    assert captured.payloads() == dict.fromkeys(ports, b""), "each port was met, and nothing said"
    asked = {port: outcome for port, (outcome, _) in told(room, address).items()}
    assert asked == dict.fromkeys({104, 2762, 11112} & set(ports), Outcome.SKIPPED_BY_SCOPE)
    room.close()


@pytest.mark.parametrize("address", [PATIENT, V6], ids=str)
async def test_with_consent_one_association_is_opened_and_given_back(
    tmp_path: Path, captured: Captured, address: IPAddress
) -> None:
    async with listening(address, (104, 11112)):
        room = room_of(tmp_path, (104, 11112))
        await room.survey(address)
    assert captured.payloads() == {104: REQUEST + RELEASE, 11112: REQUEST + RELEASE}
    for outcome, facts in told(room, address).values():
        assert (outcome, [f.answer for f in facts]) == (Outcome.OK, ["accepted"])
    spoken = {s for s, subject, _ in room.attempts() if subject.startswith("service:")}
    assert spoken == {"ports", "dicom"}
    room.close()


@pytest.mark.parametrize("beside", [HL7, 2761])
async def test_the_consent_is_to_dicom_and_lifts_no_other_port(tmp_path: Path, captured: Captured, beside: int) -> None:
    async with listening(PATIENT, (11112, beside)):
        room = room_of(tmp_path, (11112, beside))
        await room.survey()
    assert set(captured.payloads().values()) == {b""}
    assert told(room) == {11112: (Outcome.SKIPPED_BY_TIER, [])}
    room.close()


@pytest.mark.parametrize("case", ["tier row", "consent to the method", "consent to active probes"])
async def test_consent_and_tier_are_both_needed(tmp_path: Path, captured: Captured, case: str) -> None:
    active, named = consent(frozenset({Method.ACTIVE})), consent(frozenset({Method.DICOM_ASSOCIATE}))
    async with listening(PATIENT, (11112,)):
        if case == "tier row":
            room = room_of(tmp_path, (11112,), active, named, tier=Tier.T1)
        elif case == "consent to the method":
            room = room_of(tmp_path, (11112,), active, replace(named, max_tier=Tier.T1))
        else:
            room = room_of(tmp_path, (11112,), replace(active, max_tier=Tier.T1), named)
        await room.survey()
    assert captured.payloads() == {11112: b""}
    assert told(room) == {11112: (Outcome.SKIPPED_BY_TIER, [])}
    room.close()


async def test_an_association_cut_off_by_a_kill_is_not_asked_again(tmp_path: Path, captured: Captured) -> None:
    async with listening(PATIENT, (11112,)):
        first = room_of(tmp_path, (11112,))
        with pytest.raises(KeyboardInterrupt):
            await _killed_in_dicom(first)
        first.close()
        second = room_of(tmp_path, (11112,))
        await second.survey()
    assert captured.payloads() == {11112: REQUEST}
    assert told(second) == {11112: (Outcome.INTERRUPTED, [])}
    second.close()


async def _killed_in_dicom(room: Ward) -> None:
    """Survey until the request has left, then die as by a kill."""
    whole = room.kit.scanners["dicom"]

    async def dies(job: Any, wire: Any) -> None:
        stream = await wire.connect(job.target)
        await stream.send(REQUEST)
        raise KeyboardInterrupt

    room.kit.scanners = {**room.kit.scanners, "dicom": replace(whole, run=dies)}
    await room.survey()


@pytest.mark.parametrize(
    ("methods", "tier", "announced"),
    [(frozenset(Method), Tier.T2, (104, 11112)), (WITHOUT, Tier.T3, ()), (frozenset(Method), Tier.T1, ())],
    ids=["both keys", "no consent by name", "no tier"],
)
def test_the_plan_announces_an_association_only_with_both_keys(
    tmp_path: Path, methods: frozenset[Method], tier: Tier, announced: tuple[int, ...]
) -> None:
    whole = engagement(tier)
    rules = replace(whole.scope, include=(ip_network("127.0.0.77/32"),))
    whole = replace(whole, consents=(consent(methods),), scope=rules)
    pace: Any = lab(t1_ports=(80, 104, HL7, 2761, 11112), t2_ports=())
    plan = SurveyPlan(tmp_path, whole, pace, load_fragility(), {s.id: s for s in SHIPPED}, {})
    (host,) = Planner(plan, VANTAGE, Namespace(), NOW).hosts()
    assert tuple(port for probe in host.probes if probe.scanner == "dicom" for port in probe.ports) == announced
    others = {port for probe in host.probes if probe.if_open and probe.scanner != "dicom" for port in probe.ports}
    assert not others & set(CLINICAL)
