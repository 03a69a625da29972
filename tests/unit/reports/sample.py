"""A report as a mid-size hospital would get it, and the odd ones: empty, hostile, large. Everything is invented."""

from __future__ import annotations

from datetime import UTC, datetime

from sekisho.model.report import (
    AssetPart,
    AttemptPart,
    CertificatePart,
    ConnectionPointPart,
    ConsentPart,
    DataSetPart,
    DocumentPart,
    EngagementPart,
    FindingPart,
    HttpPart,
    LedgerHost,
    LedgerPart,
    LimitPart,
    Reconciliation,
    ReconciliationRow,
    Report,
    RestrictionPart,
    ServicePart,
    SnapshotPart,
    SshPart,
    TlsPart,
    VantagePart,
    WaiverPart,
)
from sekisho.model.subjects import Subject
from sekisho.model.transcript import Event, EventKind, Transcript
from tests.unit.reports.answers import ANSWERS
from tests.unit.reports.findings import FINDINGS
from tests.unit.reports.parts import CHECKLIST, asset, digest, finding, point, service, text

_START = "2026-11-20T10:00:00+00:00"
_END = "2026-11-20T13:12:40+00:00"

ENGAGEMENT = EngagementPart(
    facility="関所記念病院（サンプル）",
    kind="hospital",
    timezone="Asia/Tokyo",
    consents=(
        ConsentPart(
            granted_by="関所記念病院 病院長", role="hospital", document="documents/consent.pdf",
            sha256=digest("consent"), valid_from="2026-11-01", valid_until="2026-12-28", covers=("192.0.2.0/26",),
            max_tier="T3", methods=("active", "capture"),
        ),
        ConsentPart(
            granted_by="株式会社サンプル電子カルテ、株式会社架空薬局システム", role="vendor",
            document="documents/consent-vendor.pdf", sha256=digest("consent-vendor"), valid_from="2026-11-01",
            valid_until="2026-12-28", covers=("192.0.2.2/32", "192.0.2.3/32"), max_tier="T3", methods=("active",),
        ),
    ),
    include=("192.0.2.0/26",),
    exclude=("192.0.2.50",),
    exclude_ports=(1521,),
    pace="gentle",
    checklists=(CHECKLIST,),
    tls_policy="cryptrec-3.0.1-high",
)  # fmt: skip

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

ASSETS: tuple[AssetPart, ...] = (
    asset("192.0.2.1", "rt-main", vendor="ヤマハ", product="RTX830", version="15.02.30", category="network", numbers=("NW-001",)),
    asset("192.0.2.2", "vpn-ehr", vendor="Fortinet", product="FortiGate 60E", version="6.0.7", category="network",
          numbers=("NW-002",), location="2階 EPS"),
    asset("192.0.2.3", "", vendor="ヤマハ", product="RTX810", version="11.01.21", category="network", declared=True,
          numbers=("L-03",), origins=("documents/lines.csv [4行]",)),
    asset("192.0.2.4", "", vendor="", product="LTEルータ", category="network", declared=False, origins=(), location=""),
    asset("192.0.2.5", "sw-core", category="network", numbers=("NW-003",)),
    asset("192.0.2.6", "ix-shikaku", vendor="NEC", product="UNIVERGE IX2215", version="10.7.17", category="network",
          numbers=("NW-004",)),
    asset("192.0.2.9", "", category="network", observed=False, numbers=("L-05",), evidence=()),
    asset("192.0.2.10", "portal", numbers=("SV-001",)),
    asset("192.0.2.20", "ehr-1", addresses=("192.0.2.20", "192.0.2.21"), numbers=("SV-002",), macs=("02:00:00:00:00:20",)),
    asset("192.0.2.22", "meal-sv", numbers=("SV-003",)),
    asset("192.0.2.23", "board-sv", numbers=("SV-004",)),
    asset("192.0.2.24", "old-file", numbers=("SV-005",)),
    asset("192.0.2.27", "ghost", observed=False, numbers=("SV-008",), evidence=()),
    asset("192.0.2.30", "uketsuke-01", category="pc", numbers=("PC-001",), location="1階 受付"),
    asset("192.0.2.40", "pacs", category="pacs", tier="T1", numbers=("PA-001",)),
    asset("192.0.2.41", "ct-1", category="medical", tier="T0", observed=False, numbers=("ME-001",), evidence=()),
    asset("192.0.2.45", "nurse-call", category="facility", tier="T0", observed=False, numbers=("FA-001",), evidence=()),
    asset("192.0.2.48", "mfp-1", category="printer", tier="T1", numbers=("PR-001",)),
)  # fmt: skip

_VPN_TLS = TlsPart(
    versions=("ssl3", "tls1.0", "tls1.2"), refused=("ssl2", "tls1.3"), untried=("tls1.1",),
    suites=("TLS_RSA_WITH_AES_128_CBC_SHA", "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA"), client_certificate_requested=False,
    certificate=CertificatePart(
        subject="CN=FGT60E0000000000", issuer="CN=FGT60E0000000000", names=(), not_before="2024-06-03T00:00:00+00:00",
        not_after="2034-04-12T00:00:00+00:00", key="rsa", key_bits=2048, signature_hash="sha256", self_signed=True,
        sha256=digest("leaf"),
    ),
)  # fmt: skip

SERVICES: tuple[ServicePart, ...] = (
    service("192.0.2.1", 22, "ssh", management=True, banner="SSH-2.0-RouterSSH_4.2",
            ssh=SshPart(banner="SSH-2.0-RouterSSH_4.2", protocol="2.0", kex=("curve25519-sha256",),
                        host_keys=("ssh-ed25519",), ciphers=("aes256-ctr",), macs=("hmac-sha2-256",))),
    service("192.0.2.2", 443, "https", product="FortiGate SSL-VPN", tls=_VPN_TLS, evidence=(digest("tls-vpn"),),
            http=HttpPart(status=200, server="xxxxxxxx-xxxxx", title="Please Login", realm="", login=True)),
    service("192.0.2.3", 23, "telnet", management=True, banner="RTX810 Rev.11.01.21\r\n\r\nPassword: ",
            evidence=(digest("telnet-maint"),)),
    service("192.0.2.3", 80, "http", management=True,
            http=HttpPart(status=401, server="", title="", realm="YAMAHA RTX810 administration", login=False)),
    service("192.0.2.4", 80, "http", management=True,
            http=HttpPart(status=200, server="httpd", title="LTE ルータ 設定画面", realm="", login=True)),
    service("192.0.2.6", 161, "snmp", transport="udp", management=True),
    service("192.0.2.10", 443, "https", product="nginx"),
    service("192.0.2.22", 21, "ftp", banner="220 meal-sv FTP server ready.\r\n"),
    service("192.0.2.30", 5900, "vnc", management=True),
    service("192.0.2.40", 104, "", evidence=(digest("port 104"),)),
)  # fmt: skip

POINTS: tuple[ConnectionPointPart, ...] = (
    point("point:192.0.2.1/K1", ("K1",), name="院内のインターネット接続", asset="host:192.0.2.1", addresses=("192.0.2.1", "203.0.113.10"),
          numbers=("L-01",), carrier="サンプル通信", owner="関所記念病院、情報システム室", counterpart="プロバイダ", purpose="院内のインターネット接続",
          remote_maintenance="no", source_restriction="yes", services=("service:192.0.2.1/tcp/22",),
          findings=("management.source-is-restricted@service:192.0.2.1/tcp/22",), evidence=(digest("host 192.0.2.1"),)),
    point("point:192.0.2.2/K1", ("K1", "K5"), name="電子カルテのリモート保守", asset="host:192.0.2.2", addresses=("192.0.2.2",),
          numbers=("L-02",), carrier="サンプル通信", owner="株式会社サンプル電子カルテ", counterpart="株式会社サンプル電子カルテ",
          purpose="電子カルテのリモート保守（SSL-VPN）", remote_maintenance="yes", services=("service:192.0.2.2/tcp/443",),
          evidence=(digest("host 192.0.2.2"),)),
    point("point:192.0.2.2/K4", ("K4", "K5"), name="電子カルテのSSL-VPN", asset="host:192.0.2.2", addresses=("192.0.2.2",),
          numbers=("L-02",), counterpart="株式会社サンプル電子カルテ", services=("service:192.0.2.2/tcp/443",),
          findings=("tls.min-version@service:192.0.2.2/tcp/443", "firmware.not-exploited@host:192.0.2.2"),
          evidence=(digest("tls-vpn"),)),
    point("point:192.0.2.3/K1", ("K1", "K5"), name="薬剤部門システムの保守", asset="host:192.0.2.3", addresses=("192.0.2.3",),
          numbers=("L-03",), carrier="例示通信", owner="株式会社架空薬局システム", counterpart="株式会社架空薬局システム",
          services=("service:192.0.2.3/tcp/23", "service:192.0.2.3/tcp/80"),
          findings=("management.no-clear-text@service:192.0.2.3/tcp/23", "maintenance.remote-access-is-listed@host:192.0.2.3"),
          evidence=(digest("telnet-maint"),)),
    point("point:192.0.2.4/K6", ("K6",), asset="host:192.0.2.4", addresses=("192.0.2.4",), declared=False, found_by=("active",),
          services=("service:192.0.2.4/tcp/80",), findings=("register.device-is-listed@host:192.0.2.4",),
          evidence=(digest("host 192.0.2.4"),)),
    point("point:192.0.2.6/K2", ("K2", "K10"), name="オンライン資格確認、オンライン請求", asset="host:192.0.2.6", addresses=("192.0.2.6",),
          numbers=("L-04",), carrier="サンプル通信", owner="関所記念病院、医事課", counterpart="オンライン資格確認等のネットワーク",
          source_restriction="yes", findings=("register.cells-agree@host:192.0.2.6",), evidence=(digest("snmp"),)),
    point("point:192.0.2.9/K2", ("K2", "K11"), name="地域医療連携", asset="host:192.0.2.9", addresses=("192.0.2.9",), observed=False,
          numbers=("L-05",), carrier="例示通信", owner="関所記念病院、地域連携室", counterpart="地域連携ネットワーク事務局",
          found_by=("documents",), findings=("register.line-is-there@point:192.0.2.9/K2",)),
    point("point:@L-06", ("K5", "K7"), name="医事会計システムの保守（ダイヤルアップ）", observed=False, numbers=("L-06",),
          carrier="サンプル通信", counterpart="株式会社架空会計システム", found_by=("documents",),
          findings=("register.line-is-there@point:@L-06",)),
    point("point:@L-07", ("K1", "K12"), name="給食業務の委託", observed=False, numbers=("L-07",), carrier="例示通信",
          counterpart="給食受託業者", found_by=("documents",)),
)  # fmt: skip

RESTRICTION = (
    RestrictionPart(service="service:192.0.2.1/tcp/22", vantage="management", outcome="ok", meant="yes", control="ok",
                    verdict="inconclusive", to_settle=text("診療系から試すと決まります。", "Try from the clinical segment.")),
    RestrictionPart(service="service:192.0.2.3/tcp/23", vantage="management", outcome="ok", meant="no", control="ok",
                    verdict="proven_open", to_settle=text("", "")),
    RestrictionPart(service="service:192.0.2.3/tcp/23", vantage="guest", outcome="timeout", meant="no", control="ok",
                    verdict="proven_restricted", to_settle=text("", "")),
)  # fmt: skip

_TRIES = (
    ("ok", "service:192.0.2.2/tcp/443", "tls"), ("ok", "service:192.0.2.3/tcp/23", "greeting"),
    ("refused", "service:192.0.2.10/tcp/23", "ports"), ("timeout", "host:192.0.2.27", "hosts"),
    ("timeout", "host:192.0.2.9", "hosts"), ("skipped_by_tier", "host:192.0.2.41", "hosts"),
    ("skipped_by_tier", "host:192.0.2.45", "hosts"), ("skipped_by_scope", "host:192.0.2.50", "hosts"),
    ("protocol_error", "service:192.0.2.48/tcp/443", "tls"), ("middlebox", "service:192.0.2.30/tcp/25", "ports"),
)  # fmt: skip
ATTEMPTS = tuple(
    AttemptPart(subject=s, vantage="management", probe=p, outcome=o, at=_START, evidence=())  # type: ignore[arg-type]
    for o, s, p in _TRIES
)

LEDGER = LedgerPart(
    counted_by="kernel", packets=1874, connections=211, bytes=96312, peak_packets_per_s=9, refused_sends=3,
    hosts=(
        LedgerHost(host="192.0.2.2", packets=412, connections=44, bytes=30112, peak_packets_per_s=5, refused_sends=0),
        LedgerHost(host="192.0.2.3", packets=96, connections=12, bytes=5120, peak_packets_per_s=4, refused_sends=0),
        LedgerHost(host="192.0.2.10", packets=230, connections=31, bytes=18200, peak_packets_per_s=5, refused_sends=3),
    ),
)  # fmt: skip

LIMITS = (
    LimitPart(id="tier.t0", what=text("医療機器・設備機器（T0）には一切送信していないため、応答の有無は分かりません。",
                                      "Nothing was sent to T0 devices."),
              subjects=("host:192.0.2.41", "host:192.0.2.45")),
    LimitPart(id="vantage.external", what=text("院外からの調査は行っていません。外から届くサービスは分かりません。",
                                               "No vantage outside."), subjects=()),
    LimitPart(id="line.no-terminal", what=text("終端機器の記載がない回線は、現物を確かめていません。", "Lines without a terminal."),
              subjects=("point:@L-06", "point:@L-07")),
)  # fmt: skip


def sample() -> Report:
    """The report of the sample hospital."""
    return Report(
        engagement=ENGAGEMENT,
        snapshot=SNAPSHOT,
        vantages=(
            VantagePart(name="management", role="management", via="local", source="192.0.2.126", confined=True, attempts=9),
            VantagePart(name="guest", role="guest", via="netns:guest", source="198.51.100.7", confined=False, attempts=1),
        ),
        connection_points=POINTS,
        assets=ASSETS,
        services=SERVICES,
        findings=FINDINGS,
        answers=ANSWERS,
        restriction=RESTRICTION,
        attempts=ATTEMPTS,
        reconciliation=Reconciliation(
            undeclared=(ReconciliationRow(subject="host:192.0.2.4", number="", what=text("応答する機器が、機器台帳にも回線一覧にもありません。")),),
            missing=(
                ReconciliationRow(subject="host:192.0.2.27", number="SV-008", what=text("台帳では使用中ですが、応答がありません。")),
                ReconciliationRow(subject="point:192.0.2.9/K2", number="L-05", what=text("回線の終端機器が応答しません。")),
            ),
            mismatched=(
                ReconciliationRow(subject="host:192.0.2.6", number="NW-004", what=text("バージョン：台帳 10.2.16、観測 10.7.17")),
            ),
        ),
        waivers=(
            WaiverPart(id="W-1", subject="service:192.0.2.22/tcp/21", justification="更改まで利用", approver="副院長",
                       expires="2026-09-30", expired=True),
        ),
        ledger=LEDGER,
        limits=LIMITS,
    )  # fmt: skip


def empty() -> Report:
    """A run that saw nothing at all."""
    return sample().model_copy(
        update={
            "vantages": (), "connection_points": (), "assets": (), "services": (), "findings": (), "answers": (),
            "restriction": (), "attempts": (), "waivers": (), "limits": (),
            "reconciliation": Reconciliation(undeclared=(), missing=(), mismatched=()),
            "ledger": LedgerPart(counted_by="socket", packets=0, connections=0, bytes=0, peak_packets_per_s=0,
                                 refused_sends=0, hosts=()),
            "snapshot": SNAPSHOT.model_copy(update={"closed_at": None, "stages": (), "data": (), "documents": ()}),
        }
    )  # fmt: skip


def unjudged() -> Report:
    """A run that saw devices and could judge nothing."""
    findings = tuple(f.model_copy(update={"verdict": "unknown"}) for f in FINDINGS)
    return sample().model_copy(update={"findings": findings})


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
            point(f"point:{address}/{kind}", (kind,), name=f"接続先その{at + 1} 医療情報システム保守サービス株式会社", asset=f"host:{address}",
                  addresses=(address,), declared=at % 7 != 0, observed=at % 4 != 1, numbers=(f"L-{at + 1:03}",), findings=(check,))
        )  # fmt: skip
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
            "engagement": engagement, "connection_points": tuple(made), "assets": (*assets, *servers),
            "findings": tuple(findings), "services": (), "answers": (), "restriction": (),
            "reconciliation": Reconciliation(undeclared=(), missing=(), mismatched=()),
        }
    )  # fmt: skip
