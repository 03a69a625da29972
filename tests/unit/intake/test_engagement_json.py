import json
from dataclasses import replace
from datetime import UTC, date
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sekisho.errors import ParseError
from sekisho.intake.engagement_json import from_json, to_json
from sekisho.model import engagement as m
from sekisho.model.tiers import Tier
from tests.engagement_folder import make_folder
from tests.unit.intake.folders import load, write

TEXT = st.text(max_size=6)
ADDRESS = st.ip_addresses()
NETWORK = st.builds(
    lambda a, n: (IPv4Network if a.version == 4 else IPv6Network)((int(a), n), strict=False),
    ADDRESS,
    st.integers(0, 32),
)
DATES = st.dates()


def some(strategy: st.SearchStrategy[object]) -> st.SearchStrategy[tuple[object, ...]]:
    return st.lists(strategy, max_size=2).map(tuple)


LINE = st.builds(m.DeclaredLine, addresses=some(ADDRESS))
DEVICE = st.builds(m.DeclaredDevice, addresses=some(ADDRESS))
CONSENT = st.builds(m.Consent, covers=some(NETWORK), hours=some(st.builds(m.HoursWindow)))
SCOPE = st.builds(
    m.ScopeRules,
    include=some(NETWORK),
    exclude=some(NETWORK),
    egress_reference=some(ADDRESS),
    tiers=some(st.builds(m.TierRow, addresses=some(NETWORK))),
)
ENGAGEMENT = st.builds(
    m.Engagement,
    consents=some(CONSENT),
    scope=SCOPE,
    vantages=some(st.builds(m.Vantage, sources=some(ADDRESS))),
    access=some(st.builds(m.AccessRow, to=some(NETWORK), sources=some(NETWORK))),
    stop=st.builds(m.StopRules, watch=some(st.builds(m.WatchTarget, address=ADDRESS)), latency_factor=st.floats(1, 10)),
    names=st.dictionaries(TEXT, some(TEXT), max_size=3),
    snmp=some(st.builds(m.SnmpAccess, addresses=some(NETWORK))),
    logins=some(st.builds(m.DeviceLogin, address=ADDRESS)),
    devices=some(DEVICE),
    lines=some(LINE),
    answers=some(st.builds(m.HearingAnswer)),
    sitewalk=some(st.builds(m.SiteWalkNote, at=st.none() | st.datetimes(timezones=st.just(UTC)))),
    documents=some(st.builds(m.Document)),
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(ENGAGEMENT)
def test_any_engagement_reads_back_exactly(engagement: m.Engagement) -> None:
    text = to_json(engagement)
    assert from_json(text) == engagement
    assert to_json(from_json(text)) == text


def test_loaded_engagement_reads_back_exactly(tmp_path: Path) -> None:
    folder = make_folder(tmp_path)
    write(folder, "documents/devices.csv", "管理番号,IPアドレス,登録日\nA,192.0.2.1,R8.1.1\n")
    write(folder, "documents/sitewalk.csv", "場所,日時\n地下,2026/11/20 14:30\n")
    engagement = load(folder).engagement
    assert from_json(to_json(engagement)) == engagement
    assert "院" in to_json(engagement)


def test_sets_are_sorted(tmp_path: Path) -> None:
    engagement = load(make_folder(tmp_path)).engagement
    scope = replace(engagement.scope, exclude_ports=frozenset({9100, 22, 443}))
    consent = replace(
        engagement.consents[0], methods=frozenset(m.Method), max_tier=Tier.T1, valid_from=date(2026, 1, 1)
    )
    whole = json.loads(to_json(replace(engagement, scope=scope, consents=(consent,))))["engagement"]
    assert whole["scope"]["exclude_ports"] == [22, 443, 9100]
    assert whole["consents"][0]["methods"] == sorted(m.Method)
    assert (whole["consents"][0]["max_tier"], whole["consents"][0]["valid_from"]) == ("T1", "2026-01-01")


@pytest.mark.parametrize(
    ("old", "new", "at"),
    [
        ('"schema":1', '"schema":2', "schema"),
        ('"kind":"hospital"', '"kind":5', "engagement.facility.kind"),
        ('"kind":"hospital"', '"kind":"hospital","x":1', "engagement.facility"),
        ('"pace":"gentle"', '"pace":null', "engagement.pace"),
        ('"max_tier":"T3"', '"max_tier":"T7"', "engagement.consents[0].max_tier"),
        ('"include":["192.0.2.0/24"]', '"include":["192.0.2.1/24"]', "engagement.scope.include[0]"),
        ('"include":["192.0.2.0/24"]', '"include":[1]', "engagement.scope.include[0]"),
        ('"include":["192.0.2.0/24"]', '"exclude":[]', "engagement.scope"),
        ('"vantages":[', '"vantages":[5,', "engagement.vantages[0]"),
        ('"names":{}', '"names":[]', "engagement.names"),
        ('"consecutive_timeouts":5', '"consecutive_timeouts":true', "engagement.stop.consecutive_timeouts"),
        ("{", "", "not JSON"),
    ],
)
def test_anything_else_is_refused_with_its_place(tmp_path: Path, old: str, new: str, at: str) -> None:
    text = to_json(load(make_folder(tmp_path)).engagement)
    assert old in text
    with pytest.raises(ParseError) as caught:
        from_json(text.replace(old, new, 1))
    assert at in str(caught.value)


def test_fields_an_older_writer_did_not_know_take_their_default(tmp_path: Path) -> None:
    engagement = load(make_folder(tmp_path)).engagement
    whole = json.loads(to_json(engagement))
    del whole["engagement"]["tls_policy"]
    assert from_json(json.dumps(whole)) == engagement


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | TEXT,
        lambda x: st.lists(x, max_size=3) | st.dictionaries(TEXT, x, max_size=3),
    )
)
def test_any_json_is_read_or_refused(value: object) -> None:
    with pytest.raises(ParseError):
        from_json(json.dumps({"schema": 1, "engagement": value}))
