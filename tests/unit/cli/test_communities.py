"""Which community each address gets: every address that is looked at, not only those of the registers."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address, ip_network

import pytest

from sekisho.cli.compose import communities
from sekisho.engine.survey import targets
from sekisho.model.engagement import SnmpAccess
from sekisho.scope import Scope
from tests.unit.gate.posts import FAST, engagement

WHOLE, PART = ip_network("192.0.2.0/29"), ip_network("192.0.2.4/31")


@pytest.fixture
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hold two secrets, and not the third."""
    monkeypatch.setenv("COMMUNITY_A", "a")
    monkeypatch.setenv("COMMUNITY_B", "b")
    monkeypatch.delenv("COMMUNITY_C", raising=False)


@pytest.mark.usefixtures("secrets")
def test_every_address_of_the_scope_that_a_row_covers_gets_its_community() -> None:
    rows = (SnmpAccess((PART,), "env:COMMUNITY_B"), SnmpAccess((WHOLE,), "env:COMMUNITY_A"))
    whole = replace(engagement(), snmp=rows)
    whole = replace(
        whole, scope=replace(whole.scope, include=(ip_network("192.0.2.0/28"),), exclude=(ip_network("192.0.2.1"),))
    )
    found, missing = communities(whole, targets(Scope(whole, FAST), whole))
    expected = {"192.0.2.2": b"a", "192.0.2.3": b"a", "192.0.2.4": b"b", "192.0.2.5": b"b", "192.0.2.6": b"a"}
    assert {str(a): v for a, v in found.items()} == expected | {"192.0.2.7": b"a"}
    assert missing == ()


@pytest.mark.usefixtures("secrets")
def test_a_missing_secret_is_named_and_its_addresses_known() -> None:
    rows = (SnmpAccess((WHOLE,), "env:COMMUNITY_A"), SnmpAccess((WHOLE,), "env:COMMUNITY_C"))
    found, missing = communities(replace(engagement(), snmp=rows), [ip_address("192.0.2.2"), ip_address("2001:db8::2")])
    assert found == {ip_address("192.0.2.2"): None}
    assert missing == ("env:COMMUNITY_C",)
