from __future__ import annotations

import json
from dataclasses import replace
from ipaddress import ip_address, ip_network

import jsonschema
import pytest
from pydantic import ValidationError

from sekisho.assessment.build import assess
from sekisho.assessment.serialise import from_bytes, pieces, schema, schema_bytes, to_bytes
from sekisho.messages import keys
from sekisho.model.attempts import Outcome
from sekisho.model.engagement import Origin, ScopeRules, SiteWalkNote
from sekisho.model.facts import HostAnswered, ServiceDetected, TlsClientAuth
from sekisho.model.report import Report
from sekisho.model.run import HostCount, LedgerSummary, VantageUse
from sekisho.model.tiers import Tier
from tests.unit.assessment.kits import SHIPPED_ITEMS, item, kit, report
from tests.unit.inventory.worlds import World, consent, device, greeting, leaf, line, page, ssh, tls, world

WEB = "service:192.0.2.2/tcp/443"


def hospital() -> World:
    """A small run with a bit of everything."""
    rows = (
        device("NW-1", "192.0.2.1", maker="ヤマハ", category="network", location="サーバ室"),
        device("NW-2", "192.0.2.2", maker="Fortinet", version="6.0.7", category="network"),
        device("ME-1", "192.0.2.41", category="medical"), device("UPS"),
    )  # fmt: skip
    lines = (line("L-2", "192.0.2.2", "K1", "K4", "K5", carrier="通信社", owner="事業者", remote_maintenance="yes"),
             line("L-6", "TA", "K7"))  # fmt: skip
    made = world(devices=rows, lines=lines)
    made.open(
        WEB, page("SSL-VPN Portal", tls=True, text="FortiGate-60E v6.0.7"), TlsClientAuth(requested=False), leaf()
    )
    made.saw(WEB, tls("tls1.0", "tls1.2", refused=["ssl2", "ssl3"]), minutes=1)
    made.open("service:192.0.2.1/tcp/22", greeting("ssh", "SSH-2.0-x"), ssh()).alive("192.0.2.1", "02:00:00:00:00:01")
    made.open("service:192.0.2.9/tcp/8081", ServiceDetected("nmap", "http", "Jetty", "9.4", "", False, 10))
    made.skipped("host:192.0.2.41", Outcome.SKIPPED_BY_TIER)
    made.uses = (VantageUse("management", (ip_address("192.0.2.250"),), confined=True, privileged=True),)
    return made


@pytest.fixture(scope="module")
def whole() -> Report:
    return report(hospital(), *SHIPPED_ITEMS)


def test_report_follows_its_own_schema_and_survives_a_round_trip(whole: Report) -> None:
    raw = to_bytes(whole)
    jsonschema.Draft202012Validator.check_schema(schema())
    jsonschema.Draft202012Validator(schema()).validate(json.loads(raw))
    assert from_bytes(raw) == whole
    assert to_bytes(from_bytes(raw)) == raw


def test_bytes_are_canonical(whole: Report) -> None:
    raw = to_bytes(whole)
    document = json.loads(raw)
    assert raw == (json.dumps(document, ensure_ascii=False, sort_keys=True, indent=1) + "\n").encode()
    assert json.loads(schema_bytes())["$schema"].endswith("2020-12/schema")


@pytest.mark.parametrize("rows", [0, 1, 499, 500, 501, 1500])
def test_a_long_report_is_written_in_pieces_that_join_to_the_canonical_bytes(whole: Report, rows: int) -> None:
    longer = whole.model_copy(update={"attempts": (whole.attempts[0],) * rows})
    written = list(pieces(longer))
    document = json.loads(b"".join(written))
    assert len(document["attempts"]) == rows
    assert b"".join(written) == (json.dumps(document, ensure_ascii=False, sort_keys=True, indent=1) + "\n").encode()
    assert sum(b'"probe"' in piece for piece in written) == -(-rows // 500)


def test_schema_refuses_another_version_and_unknown_keys(whole: Report) -> None:
    document = json.loads(to_bytes(whole))
    for change in ({"schema_version": "9"}, {"more": 1}):
        with pytest.raises(ValidationError):
            from_bytes(json.dumps(document | change).encode())
    document.pop("schema_version")
    with pytest.raises(ValidationError):
        from_bytes(json.dumps(document).encode())


def test_everything_is_sorted_by_id(whole: Report) -> None:
    for part in (whole.assets, whole.services, whole.findings, whole.connection_points, whole.limits):
        ids = [p.id for p in part]
        assert ids == sorted(ids)
        assert len(ids) == len(set(ids))


def test_every_reference_leads_somewhere(whole: Report) -> None:
    findings, assets, services = ({x.id for x in part} for part in (whole.findings, whole.assets, whole.services))
    assert {i for a in whole.answers for i in a.findings} <= findings
    for point in whole.connection_points:
        assert set(point.findings) <= findings
        assert set(point.services) <= services
        assert point.asset is None or point.asset in assets
    assert {s.asset for s in whole.services} <= assets
    assert {i for f in whole.findings for i in f.items} <= {f"{a.checklist}:{a.item}" for a in whole.answers}


def test_point_carries_its_line_and_the_findings_about_it(whole: Report) -> None:
    portal = next(p for p in whole.connection_points if p.id == "point:192.0.2.2/K4")
    assert (portal.owner, portal.carrier, portal.numbers, portal.remote_maintenance) == (
        "事業者",
        "通信社",
        ("L-2",),
        "yes",
    )
    assert f"tls.client-certificate@{WEB}" in portal.findings
    assert "firmware.supported@host:192.0.2.2" in portal.findings


def test_service_shows_its_protocols(whole: Report) -> None:
    web = next(s for s in whole.services if s.id == WEB)
    assert web.tls is not None
    assert (web.tls.versions, web.tls.untried) == (("tls1.0", "tls1.2"), ("tls1.1", "tls1.3"))
    assert (web.tls.client_certificate_requested, web.product, web.version) == (False, "Fortinet FortiOS", "6.0.7")
    assert web.tls.certificate is not None
    other = next(s for s in whole.services if s.port == 8081)
    assert (other.protocol, other.product, other.tls) == ("http", "Jetty", None)


def test_asset_shows_what_it_is_and_where_that_comes_from(whole: Report) -> None:
    router, firewall = (next(a for a in whole.assets if a.id == f"host:192.0.2.{n}") for n in (1, 2))
    assert (router.vendor, router.location, router.macs) == ("ヤマハ", "サーバ室", ("02:00:00:00:00:01",))
    assert (firewall.product, firewall.version, firewall.numbers) == ("FortiOS", "6.0.7", ("L-2", "NW-2"))
    assert "fingerprint:fortios" in firewall.origins
    assert firewall.tier_reason.ja


def test_stages_and_vantages(whole: Report) -> None:
    assert whole.snapshot.stages == ("active", "documents")
    used = next(v for v in whole.vantages if v.name == "management")
    assert (used.confined, used.source, used.attempts > 3) == (True, "192.0.2.250", True)


def test_ledger_is_handed_through() -> None:
    made = hospital()
    ledger = LedgerSummary(
        "kernel", 9, 2, 100, 5, 1, (HostCount("192.0.2.2", 5, 1, 60, 5, 0), HostCount("192.0.2.1", 4, 1, 40, 4, 1))
    )
    found = assess(replace(made.record(), ledger=ledger), kit(made, item("1")))
    assert (found.ledger.packets, [h.host for h in found.ledger.hosts]) == (9, ["192.0.2.1", "192.0.2.2"])


def limits(made: World) -> dict[str, tuple[str, ...]]:
    return {x.id: x.subjects for x in report(made, item("1")).limits}


def test_limits_of_an_empty_run() -> None:
    found = limits(world())
    assert set(found) >= {"nothing_observed", "no_device_register", "no_line_register", "not_from_outside", "no_ipv6",
                          "vantages_unused", "no_capture", "no_config", "listed_ports_only",
                          "policy_unverified"}  # fmt: skip


def test_limits_name_the_devices_and_why() -> None:
    scope = ScopeRules((ip_network("192.0.2.0/24"),), (ip_network("192.0.2.3/32"),), frozenset({1521}))
    rows = (
        device("A", "192.0.2.1"), device("B", "192.0.2.2", category="medical"), device("C", "192.0.2.3"),
        device("D", "198.51.100.1"), device("E", "192.0.2.5"), device("UPS"),
    )  # fmt: skip
    made = world(scope=scope, devices=rows, consents=(consent("192.0.2.0/30", max_tier=Tier.T3),))
    made.saw("host:192.0.2.1", outcome=Outcome.TIMEOUT)
    found = limits(made)
    assert {k: v for k, v in found.items() if k.startswith("device_")} == {
        "device_silent": ("host:192.0.2.1",), "device_tier_zero": ("host:192.0.2.2",),
        "device_excluded": ("host:192.0.2.3",), "device_out_of_scope": ("host:198.51.100.1",),
        "device_no_consent": ("host:192.0.2.5",),
    }  # fmt: skip
    assert {"rows_without_address", "excluded_ports"} <= set(found)


def test_limits_name_what_went_wrong() -> None:
    note = SiteWalkNote("", "", "", "INS-9", "", "", None, Origin("w"))
    made = world(sitewalk=(note,)).alive("192.0.2.1").saw("host:192.0.2.2", outcome=Outcome.INTERRUPTED)
    made.saw("host:192.0.2.3", HostAnswered("icmp"))
    made.broken.add(made.attempts[-1].evidence[0])
    for address in ("192.0.2.5", "192.0.2.6"):
        made.open(f"service:{address}/tcp/443", leaf())
    made.uses = (VantageUse("management"),)
    found = limits(made)
    assert found["interrupted"] == ("host:192.0.2.2",)
    assert found["tool_error"] == ("host:192.0.2.3",)
    assert found["possibly_same"] == ("host:192.0.2.5", "host:192.0.2.6")
    assert {"sitewalk_unmatched", "unprivileged", "unconfined", "one_vantage", "no_layer2"} <= set(found)


def test_open_run_says_so() -> None:
    made = world()
    found = assess(replace(made.record(), closed_at=None), kit(made, item("1")))
    assert found.snapshot.closed_at is None
    assert "run_open" in {x.id for x in found.limits}


def test_sentences_exist_in_both_languages() -> None:
    ja, en = ({k for k in keys(lang) if k.startswith("assessment.")} for lang in ("ja", "en"))
    assert ja == en
