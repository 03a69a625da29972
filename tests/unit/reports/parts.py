"""Short ways to write parts of a report in tests."""

from __future__ import annotations

import hashlib
from typing import Any

from sekisho.model.report import (
    AnswerPart,
    AssetPart,
    ConnectionPointPart,
    FindingPart,
    ObservedPart,
    ServicePart,
    Text,
    VerifiabilityPart,
)

CHECKLIST = "mhlw-hospital-r7"


def digest(text: str) -> str:
    """A sha256 for anything."""
    return hashlib.sha256(text.encode()).hexdigest()


def text(ja: str, en: str = "") -> Text:
    """A text; English is made up unless it matters."""
    return Text(ja=ja, en=en or "English sentence.")


def point(id_: str, kinds: tuple[str, ...], **given: Any) -> ConnectionPointPart:
    """A connection point, declared and observed unless said otherwise."""
    values: dict[str, Any] = {
        "name": "", "asset": None, "addresses": (), "counterpart": "", "declared": True, "observed": True,
        "numbers": (), "owner": "", "carrier": "", "purpose": "", "remote_maintenance": "", "source_restriction": "",
        "found_by": ("active", "documents"), "services": (), "findings": (), "evidence": (),
    }  # fmt: skip
    return ConnectionPointPart(id=id_, kinds=kinds, **(values | given))


def asset(address: str, hostname: str, **given: Any) -> AssetPart:
    """A device, declared and observed unless said otherwise."""
    values: dict[str, Any] = {
        "addresses": (address,), "macs": (), "vendor": "", "product": "", "version": "", "category": "server",
        "tier": "T2", "tier_reason": text("台帳の種別による。", "By its register category."), "declared": True,
        "observed": True, "numbers": (), "location": "サーバ室", "origins": ("documents/devices.xlsx [台帳 7行]",),
        "evidence": (digest(f"host {address}"),),
    }  # fmt: skip
    return AssetPart(id=f"host:{address}", hostname=hostname, **(values | given))


def service(address: str, port: int, protocol: str, **given: Any) -> ServicePart:
    """An open port."""
    transport = given.pop("transport", "tcp")
    values: dict[str, Any] = {
        "product": "", "version": "", "banner": "", "management": False, "tls": None, "ssh": None, "http": None,
        "seen_from": ("management",), "evidence": (digest(f"port {address} {port}"),),
    }  # fmt: skip
    return ServicePart(
        id=f"service:{address}/{transport}/{port}", asset=f"host:{address}", address=address, transport=transport,
        port=port, protocol=protocol, **(values | given),
    )  # fmt: skip


def finding(check: str, subject: str, verdict: str, **given: Any) -> FindingPart:
    """A judgement; its topic is the check's id unless given."""
    values: dict[str, Any] = {
        "topic": "tls.version", "severity": "medium", "confidence": "high", "act": "vendor", "items": (), "cves": (),
        "title": text("古いTLSを受け入れない", "Old TLS versions are refused"),
        "reason": text("TLS 1.0 を受け入れました。", "Accepted TLS 1.0."),
        "remediation": text("TLS 1.2 以上だけを受け入れる設定にしてください。", "Accept TLS 1.2 and newer only."),
        "evidence": (digest(f"{check} {subject}"),),
    }  # fmt: skip
    return FindingPart(
        id=f"{check}@{subject}", check=check, check_version=1, subject=subject, verdict=verdict,
        **(values | given),
    )  # fmt: skip


def answer(item: str, number: str, label: str, state: str, **given: Any) -> AnswerPart:
    """One answer row of the R7 checklist."""
    values: dict[str, Any] = {
        "checklist": CHECKLIST, "subject": "facility", "reason": text("証跡による。", "By evidence."),
        "verifiability": VerifiabilityPart(level="partial", why=text("一部だけが見えます。", "Only part can be seen.")),
        "observed": ObservedPart(
            segments=("192.0.2.0/26",), devices_seen=17, devices_expected=24,
            period=("2026-11-20T10:00:00+00:00", "2026-11-20T13:12:40+00:00"),
            blind=(text("医療機器（T0）には送信していません。", "Nothing was sent to medical devices (T0)."),),
        ),
        "hearing": None, "hearing_origin": "", "conflict": False, "target_date": None, "waiver": None, "findings": (),
    }  # fmt: skip
    return AnswerPart(item=item, number=number, label=text(label), state=state, **(values | given))
