"""A made-up hospital of any size, surveyed on paper: documents, evidence, ledger and chain as a survey leaves them.

Nothing is sent: the transcripts are the golden ones (real answers of real daemons) under other addresses, in
198.18.0.0/15 (RFC 2544, for benchmarks). Same size, same folder, but for the opening time of the run.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path
from typing import Final

from sekisho.cli.compose import tool_version
from sekisho.intake.engagement_json import to_json
from sekisho.intake.load import load_engagement
from sekisho.model.attempts import Attempt, Outcome
from sekisho.model.ledger import Entry, LedgerRow
from sekisho.model.pace_json import pace_to_json
from sekisho.model.subjects import Subject
from sekisho.model.transcript import Event, EventKind, Transcript
from sekisho.profile_files import load_pace
from sekisho.store.chain import digest
from sekisho.store.journal import Journal, Run

GOLDEN: Final = Path(__file__).resolve().parents[2] / "tests" / "golden"
VANTAGE: Final = "management"
_FIRST: Final = IPv4Address("198.18.0.10")
_SOURCE: Final = "198.18.0.1"
_OPENED: Final = datetime(2026, 11, 1, 3, 0, tzinfo=UTC)
_PORTS: Final = (21, 22, 23, 80, 443, 445, 3389, 8080)
_LINE_EVERY: Final = 50
_UNDECLARED_EVERY: Final = 40
_ENGAGEMENT: Final = """schema = 1
[facility]
name = "計測用病院"
kind = "hospital"
timezone = "Asia/Tokyo"
[[consent]]
granted_by = "病院長"
role = "hospital"
document = "documents/consent.pdf"
valid_from = 2026-01-01
valid_until = 2027-12-31
hours = ["Mon-Sun 00:00-24:00"]
covers = ["198.18.0.0/15"]
max_tier = "T3"
methods = ["active"]
stop_contact = "内線 0000"
[scope]
include = ["198.18.0.0/15"]
[[vantage]]
name = "management"
role = "management"
source = "198.18.0.1"
[pace]
profile = "lab"
"""


@dataclass(frozen=True, slots=True)
class Model:
    """One kind of device. open: port → golden transcripts that were taken there."""

    category: str
    maker: str
    open: dict[int, tuple[str, ...]]


_SSH: Final = ("greeting/openssh", "ssh/openssh-default")
_MODELS: Final = (
    Model("サーバ", "富士通", {22: _SSH, 80: ("http/login-page",), 443: ("tls/openssl-tls12-sound",)}),
    Model("サーバ", "NEC", {22: ("greeting/openssh", "ssh/old-algorithms"), 445: ("greeting/silent",)}),
    Model("ルータ", "YAMAHA", {22: _SSH, 23: ("greeting/telnet",), 80: ("http/login-page",)}),
    Model("スイッチ", "アライドテレシス", {23: ("greeting/telnet",), 80: ("http/login-page",)}),
    Model("端末", "富士通", {445: ("greeting/silent",), 3389: ("greeting/silent",)}),
    Model("端末", "NEC", {3389: ("greeting/silent",), 445: ("greeting/silent",)}),
    Model("プリンタ", "リコー", {80: ("http/login-page",), 21: ("greeting/ftp",)}),
    Model("端末", "HP", {445: ("greeting/silent",), 3389: ("greeting/silent",)}),
)
"""Taken in turn; about ten findings each."""


def build(folder: Path, *, devices: int) -> None:
    """Write the whole engagement folder, surveyed and closed."""
    (folder / "documents").mkdir(parents=True)
    (folder / "documents" / "consent.pdf").write_bytes(b"%PDF-1.4 signed")
    (folder / "engagement.toml").write_text(_ENGAGEMENT, "utf-8")
    _write_registers(folder / "documents", devices)
    engagement = load_engagement(folder, lang="en").engagement
    intake, pace = to_json(engagement), pace_to_json(load_pace(engagement.pace, folder=folder))
    run = Run("bench", _OPENED, None, tool_version(), pace, intake, digest({"intake": intake}))
    journal = Journal(folder)
    try:
        journal.open_run(run)
        golden = {p: Transcript.from_bytes((GOLDEN / f"{p}.raw").read_bytes()) for p in _goldens()}
        for number in range(devices):
            _survey(journal, run.id, number, golden)
        journal.close_run(run.id, _OPENED + timedelta(hours=8))
    finally:
        journal.dispose()


def _goldens() -> set[str]:
    """Name every golden transcript in use."""
    return {path for model in _MODELS for paths in model.open.values() for path in paths}


def _address(number: int) -> IPv4Address:
    """Give a device's address."""
    return _FIRST + number


def _mac(number: int) -> str:
    """Give a device's MAC, locally administered."""
    return "02:00:" + ":".join(f"{(number >> shift) & 0xFF:02x}" for shift in (24, 16, 8, 0))


def _write_registers(documents: Path, devices: int) -> None:
    """Write the registers; some devices stand in none."""
    with (documents / "devices.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["管理番号", "メーカー", "機種", "種別", "IPアドレス", "MACアドレス", "状態"])
        for number in range(devices):
            if number % _UNDECLARED_EVERY:
                model = _MODELS[number % len(_MODELS)]
                cells = ("型番", model.category, str(_address(number)), _mac(number), "使用中")
                rows.writerow([f"D-{number:06d}", model.maker, *cells])
    with (documents / "lines.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(
            ["管理番号", "回線種別", "契約者", "終端機器", "接続先", "用途", "リモート保守", "管理者", "状態"]
        )
        for number in range(0, devices, _LINE_EVERY):
            ends = str(_address(number))
            rows.writerow([f"L-{number:06d}", "光回線", "病院", ends, "事業者", "保守", "有", "情報室", "使用中"])


def _survey(journal: Journal, run: str, number: int, golden: dict[str, Transcript]) -> None:
    """Record what a survey of one device leaves."""
    address, model = _address(number), _MODELS[number % len(_MODELS)]
    at = _OPENED + timedelta(seconds=number)
    for job, transcript in _transcripts(address, number, model, golden):
        said = replace(transcript, started_at=at, vantage=VANTAGE)
        row = LedgerRow(at, Entry.START, VANTAGE, job, "tcp", _SOURCE, 40000, str(address), 0, 2, 0, 0)
        connect = replace(row, kind=Entry.CONNECT, port=22, packets=6)
        settle = replace(row, kind=Entry.SETTLE, packets=5, note="peak=5;peak_all=9")
        journal.ledger.write(run, row, connect, settle)
        journal.record(run, job, Attempt(said.subject, VANTAGE, said.scanner, Outcome.OK, at), said.to_bytes())


def _transcripts(
    address: IPv4Address, number: int, model: Model, golden: dict[str, Transcript]
) -> Iterator[tuple[str, Transcript]]:
    """Give the transcripts of one device with their jobs."""
    host = Subject(f"host:{address}")
    yield f"hosts|{host}", Transcript("hosts", 1, host, VANTAGE, _OPENED, tuple(_arp(address, number)))
    ports = tuple(_connects(model))
    yield f"ports|{host}", Transcript("ports", 1, host, VANTAGE, _OPENED, ports, {"method": "connect", "ports": _PORTS})
    for port, paths in model.open.items():
        for path in paths:
            subject = Subject(f"service:{address}/tcp/{port}")
            yield f"{golden[path].scanner}|{subject}", replace(golden[path], subject=subject)


def _arp(address: IPv4Address, number: int) -> Iterator[Event]:
    """Give an ARP question and its answer (RFC 826)."""
    ours, theirs = bytes.fromhex("020000000001"), bytes.fromhex(_mac(number).replace(":", ""))
    fixed, source = bytes.fromhex("0806000108000604"), IPv4Address(_SOURCE).packed  # fmt: skip
    question = b"\xff" * 6 + ours + fixed + b"\x00\x01" + ours + source + bytes(6) + address.packed
    answer = ours + theirs + fixed + b"\x00\x02" + theirs + address.packed + ours + source
    yield Event(0, EventKind.FRAME_SENT, data=question)
    yield Event(1, EventKind.FRAME_RECEIVED, data=answer)


def _connects(model: Model) -> Iterator[Event]:
    """Give the connects to every asked port."""
    for conn, port in enumerate(_PORTS):
        yield Event(conn, EventKind.CONNECT, conn, port)
        if port in model.open:
            yield Event(conn, EventKind.CONNECTED, conn, port)
            yield Event(conn, EventKind.CLOSED, conn, port)
        else:
            yield Event(conn, EventKind.REFUSED, conn, port)
