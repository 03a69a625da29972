"""A report as a mid-size hospital would get it, and the odd ones: empty, hostile, large. Everything is invented."""

from __future__ import annotations

from datetime import UTC, datetime

from sekisho.model.report import (
    SCHEMA_VERSION,
    AssetPart,
    AttemptPart,
    ConnectionPointPart,
    ConsentPart,
    ControlPart,
    DataSetPart,
    DocumentPart,
    EngagementPart,
    FindingPart,
    LedgerHost,
    LedgerPart,
    LimitPart,
    Reconciliation,
    ReconciliationRow,
    Report,
    RestrictionPart,
    SnapshotPart,
    VantagePart,
    WaiverPart,
)
from sekisho.model.subjects import Subject
from sekisho.model.transcript import Event, EventKind, Transcript
from tests.unit.reports.answers import ANSWERS
from tests.unit.reports.findings import FINDINGS
from tests.unit.reports.inventory import ASSETS, POINTS, SERVICES
from tests.unit.reports.parts import CHECKLIST, asset, digest, finding, point, text

_START = "2026-11-20T10:00:00+00:00"
_END = "2026-11-20T13:12:40+00:00"

ENGAGEMENT = EngagementPart(
    facility="関所記念病院（サンプル）",
    kind="hospital",
    timezone="Asia/Tokyo",
    consents=(
        ConsentPart(
            granted_by="関所記念病院 病院長",
            role="hospital",
            document="documents/consent.pdf",
            sha256=digest("consent"),
            valid_from="2026-11-01",
            valid_until="2026-12-28",
            covers=("192.0.2.0/26",),
            max_tier="T3",
            methods=("active", "capture"),
        ),
        ConsentPart(
            granted_by="株式会社サンプル電子カルテ、株式会社架空薬局システム",
            role="vendor",
            document="documents/consent-vendor.pdf",
            sha256=digest("consent-vendor"),
            valid_from="2026-11-01",
            valid_until="2026-12-28",
            covers=("192.0.2.2/32", "192.0.2.3/32"),
            max_tier="T3",
            methods=("active",),
        ),
    ),
    include=("192.0.2.0/26",),
    exclude=("192.0.2.50",),
    exclude_ports=(1521,),
    pace="gentle",
    checklists=(CHECKLIST,),
    tls_policy="cryptrec-3.0.1-high",
)

SNAPSHOT = SnapshotPart(
    run="20261120T100000Z",
    opened_at=_START,
    closed_at=_END,
    tool_version="0.1.0",
    chain_head=digest("chain"),
    chain_length=412,
    stages=("active", "documents", "hearing"),
    documents=(
        DocumentPart(path="engagement.toml", role="engagement", sha256=digest("engagement")),
        DocumentPart(path="documents/devices.xlsx", role="devices", sha256=digest("devices")),
        DocumentPart(path="documents/lines.csv", role="lines", sha256=digest("lines")),
        DocumentPart(path="documents/answers/mhlw-hospital-r7.csv", role="answers", sha256=digest("answers")),
    ),
    data=(
        DataSetPart(id="kev", date="2026-10-30", entries=1412, note=text("取り込んだ日の版です。", "As imported.")),
        DataSetPart(id="endoflife", date="2026-08-22", entries=29, note=text("5製品を収録。", "Five products.")),
    ),
)


def _vpn_evidence() -> tuple[str, Transcript]:
    """The SSL-VPN portal's conversation, as stored."""
    events = (
        Event(0, EventKind.CONNECT, 0, 443),
        Event(3, EventKind.CONNECTED, 0, 443),
        Event(4, EventKind.SENT, 0, 443, bytes.fromhex("160301007a010000760301") + b"\x00" * 40),
        Event(9, EventKind.RECEIVED, 0, 443, bytes.fromhex("160301004a0200004603015a") + b"\x11" * 70),
        Event(12, EventKind.PEER_CLOSED, 0, 443),
        Event(30, EventKind.CONNECT, 1, 443),
        Event(33, EventKind.CONNECTED, 1, 443),
        Event(40, EventKind.PLAIN_SENT, 1, 443, b"GET / HTTP/1.1\r\nHost: 192.0.2.2\r\n\r\n"),
        Event(
            55, EventKind.PLAIN_RECEIVED, 1, 443, b"HTTP/1.1 200 OK\r\nServer: xxxxxxxx-xxxxx\r\n\r\n" + b"<html>" * 600
        ),
        Event(60, EventKind.NOTE, 1, 443, "証明書の名前を比べられません".encode()),
        Event(61, EventKind.CLOSED, 1, 443),
    )
    at = datetime(2026, 11, 20, 10, 12, 5, tzinfo=UTC)
    transcript = Transcript("tls", 1, Subject("service:192.0.2.2/tcp/443"), "management", at, events, {"names": []})
    return digest("tls-vpn"), transcript


def _telnet_evidence() -> tuple[str, Transcript]:
    """A telnet greeting."""
    events = (
        Event(0, EventKind.CONNECT, 0, 23),
        Event(2, EventKind.CONNECTED, 0, 23),
        Event(80, EventKind.RECEIVED, 0, 23, b"\xff\xfb\x01RTX810 Rev.11.01.21\r\nPassword: "),
        Event(5080, EventKind.CLOSED, 0, 23),
    )
    at = datetime(2026, 11, 20, 10, 14, 0, tzinfo=UTC)
    return digest("telnet-maint"), Transcript(
        "greeting", 1, Subject("service:192.0.2.3/tcp/23"), "management", at, events, masked=("password",)
    )


EVIDENCE = dict((_vpn_evidence(), _telnet_evidence()))

RESTRICTION = (
    RestrictionPart(
        service="service:192.0.2.1/tcp/22",
        vantage="management",
        outcome="ok",
        meant="yes",
        control=None,
        verdict="inconclusive",
        to_settle=text("診療系から試すと決まります。", "Try from the clinical segment."),
    ),
    RestrictionPart(
        service="service:192.0.2.3/tcp/23",
        vantage="management",
        outcome="ok",
        meant="no",
        control=None,
        verdict="proven_open",
        to_settle=text("", ""),
    ),
    RestrictionPart(
        service="service:192.0.2.3/tcp/23",
        vantage="guest",
        outcome="timeout",
        meant="no",
        control=ControlPart(vantage="management", kind="near", seconds=130),
        verdict="proven_restricted",
        to_settle=text("", ""),
    ),
)

_TRIES = (
    ("ok", "service:192.0.2.2/tcp/443", "tls"),
    ("ok", "service:192.0.2.3/tcp/23", "greeting"),
    ("refused", "service:192.0.2.10/tcp/23", "ports"),
    ("timeout", "host:192.0.2.27", "hosts"),
    ("timeout", "host:192.0.2.9", "hosts"),
    ("skipped_by_tier", "host:192.0.2.41", "hosts"),
    ("skipped_by_tier", "host:192.0.2.45", "hosts"),
    ("skipped_by_scope", "host:192.0.2.50", "hosts"),
    ("protocol_error", "service:192.0.2.48/tcp/443", "tls"),
    ("middlebox", "service:192.0.2.30/tcp/25", "ports"),
)
ATTEMPTS = tuple(
    AttemptPart(subject=s, vantage="management", probe=p, outcome=o, at=_START, evidence=()) for o, s, p in _TRIES
)

LEDGER = LedgerPart(
    counted_by="kernel",
    packets=1874,
    connections=211,
    bytes=96312,
    peak_packets_per_s=9,
    refused_sends=3,
    hosts=(
        LedgerHost(host="192.0.2.2", packets=412, connections=44, bytes=30112, peak_packets_per_s=5, refused_sends=0),
        LedgerHost(host="192.0.2.3", packets=96, connections=12, bytes=5120, peak_packets_per_s=4, refused_sends=0),
        LedgerHost(host="192.0.2.10", packets=230, connections=31, bytes=18200, peak_packets_per_s=5, refused_sends=3),
    ),
)

LIMITS = (
    LimitPart(
        id="tier.t0",
        what=text(
            "医療機器・設備機器（T0）には一切送信していないため、応答の有無は分かりません。",
            "Nothing was sent to T0 devices.",
        ),
        subjects=("host:192.0.2.41", "host:192.0.2.45"),
    ),
    LimitPart(
        id="vantage.external",
        what=text("院外からの調査は行っていません。外から届くサービスは分かりません。", "No vantage outside."),
        subjects=(),
    ),
    LimitPart(
        id="line.no-terminal",
        what=text("終端機器の記載がない回線は、現物を確かめていません。", "Lines without a terminal."),
        subjects=("point:@L-06", "point:@L-07"),
    ),
)


def sample() -> Report:
    """The report of the sample hospital."""
    return Report(
        schema_version=SCHEMA_VERSION,
        engagement=ENGAGEMENT,
        snapshot=SNAPSHOT,
        vantages=(
            VantagePart(
                name="management", role="management", via="local", source="192.0.2.126", confined=True, attempts=9
            ),
            VantagePart(
                name="guest", role="guest", via="netns:guest", source="198.51.100.7", confined=False, attempts=1
            ),
        ),
        connection_points=POINTS,
        assets=ASSETS,
        services=SERVICES,
        findings=FINDINGS,
        answers=ANSWERS,
        restriction=RESTRICTION,
        attempts=ATTEMPTS,
        reconciliation=Reconciliation(
            undeclared=(
                ReconciliationRow(
                    subject="host:192.0.2.4",
                    number="",
                    what=text("応答する機器が、機器台帳にも回線一覧にもありません。"),
                ),
            ),
            missing=(
                ReconciliationRow(
                    subject="host:192.0.2.27", number="SV-008", what=text("台帳では使用中ですが、応答がありません。")
                ),
                ReconciliationRow(
                    subject="point:192.0.2.9/K2", number="L-05", what=text("回線の終端機器が応答しません。")
                ),
            ),
            mismatched=(
                ReconciliationRow(
                    subject="host:192.0.2.6", number="NW-004", what=text("バージョン：台帳 10.2.16、観測 10.7.17")
                ),
            ),
        ),
        waivers=(
            WaiverPart(
                id="W-1",
                subject="service:192.0.2.22/tcp/21",
                justification="更改まで利用",
                approver="副院長",
                expires="2026-09-30",
                expired=True,
            ),
        ),
        ledger=LEDGER,
        limits=LIMITS,
    )


def empty() -> Report:
    """A run that saw nothing at all."""
    return sample().model_copy(
        update={
            "vantages": (),
            "connection_points": (),
            "assets": (),
            "services": (),
            "findings": (),
            "answers": (),
            "restriction": (),
            "attempts": (),
            "waivers": (),
            "limits": (),
            "reconciliation": Reconciliation(undeclared=(), missing=(), mismatched=()),
            "ledger": LedgerPart(
                counted_by="socket", packets=0, connections=0, bytes=0, peak_packets_per_s=0, refused_sends=0, hosts=()
            ),
            "snapshot": SNAPSHOT.model_copy(update={"closed_at": None, "stages": (), "data": (), "documents": ()}),
        }
    )


def unjudged() -> Report:
    """A run that saw devices and could judge nothing."""
    findings = tuple(f.model_copy(update={"verdict": "unknown"}) for f in FINDINGS)
    return sample().model_copy(update={"findings": findings})


_LONG = "接続先その{} 医療情報システム保守サービス株式会社"


def many(points: int) -> Report:
    """A report with that many connection points at as many devices in three segments."""
    kinds = ("K1", "K2", "K4", "K6", "K9", "K11", "K12", "K7")
    engagement = ENGAGEMENT.model_copy(update={"include": ("192.0.2.0/25", "198.51.100.0/24", "2001:db8:1::/64")})
    bases = ("192.0.2.", "198.51.100.", "2001:db8:1::")
    made: list[ConnectionPointPart] = []
    assets: list[AssetPart] = []
    findings: list[FindingPart] = []
    for at in range(points):
        address = f"{bases[at % 3]}{at // 3 + 1}"
        kind, check = kinds[at % len(kinds)], f"register.line-is-there@point:{address}/{kinds[at % len(kinds)]}"
        verdict = ("fail", "unknown", "pass", "unknown", "pass")[at % 5]
        severity = ("high", "critical", "low")[at % 3]
        made.append(
            point(
                f"point:{address}/{kind}",
                (kind,),
                name=_LONG.format(at + 1),
                asset=f"host:{address}",
                addresses=(address,),
                declared=at % 7 != 0,
                observed=at % 4 != 1,
                numbers=(f"L-{at + 1:03}",),
                findings=(check,),
            )
        )
        assets.append(asset(address, f"router-{at + 1:03}", category="network"))
        findings.append(
            finding(
                "register.line-is-there",
                f"point:{address}/{kind}",
                verdict,
                severity=severity,
                topic="register.missing",
            )
        )
    servers = tuple(asset(f"192.0.2.{100 + at}", f"server-{at:03}") for at in range(20))
    return sample().model_copy(
        update={
            "engagement": engagement,
            "connection_points": tuple(made),
            "assets": (*assets, *servers),
            "findings": tuple(findings),
            "services": (),
            "answers": (),
            "restriction": (),
            "reconciliation": Reconciliation(undeclared=(), missing=(), mismatched=()),
        }
    )
