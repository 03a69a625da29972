"""What belongs to a run, what is read again, and what keeps an open run from going on."""

from __future__ import annotations

from dataclasses import fields, replace
from ipaddress import ip_address

import pytest

from sekisho.intake.in_force import changes, governing_changes, reported
from sekisho.model.engagement import Document, Engagement, Facility, ScopeRules, StopRules, Vantage
from sekisho.model.tiers import Tier
from tests.unit.inventory.worlds import DEVICES, ENGAGEMENT, access, consent, device

GOVERNING = {
    "facility": Facility("病院", "hospital", "UTC"),
    "consents": (consent("192.0.2.0/24", max_tier=Tier.T1),),
    "scope": ScopeRules(include=()),
    "vantages": (Vantage("management", "management"),),
    "stop": StopRules(consecutive_timeouts=9),
    "pace": "standard",
}
FREE = {
    "access": (access("192.0.2.1", "tcp/22", "management"),),
    "names": {"192.0.2.1:443": ("ehr.example.jp",)},
    "checklists": (),
    "tls_policy": "cryptrec-3.0.1-medium",
    "root_store": "documents/roots.pem",
}


@pytest.mark.parametrize("field", GOVERNING)
def test_what_governed_the_survey_stays_as_it_was(field: str) -> None:
    now = replace(ENGAGEMENT, **{field: GOVERNING[field]})  # type: ignore[arg-type]
    assert reported(ENGAGEMENT, now) == ENGAGEMENT
    (found,) = changes(ENGAGEMENT, now)
    assert found.of_the_run
    assert found.before != found.now
    assert governing_changes(ENGAGEMENT, now) == (found.name,)


@pytest.mark.parametrize("field", FREE)
def test_what_is_judged_by_is_as_it_is_now(field: str) -> None:
    now = replace(ENGAGEMENT, **{field: FREE[field]})  # type: ignore[arg-type]
    assert reported(ENGAGEMENT, now) == now
    (found,) = changes(ENGAGEMENT, now)
    assert not found.of_the_run
    assert governing_changes(ENGAGEMENT, now) == ()


def test_registers_are_read_again_and_told_by_their_documents() -> None:
    other, new = Document(DEVICES.path, "devices", "0" * 64), Document("documents/waivers.csv", "waivers", "9" * 64)
    documents = (other, *ENGAGEMENT.documents[1:], new)
    now = replace(ENGAGEMENT, devices=(device("NW-1", "192.0.2.1"),), documents=documents)
    assert reported(ENGAGEMENT, now) == now
    assert [(c.name, c.before, c.now) for c in changes(ENGAGEMENT, now)] == [
        (DEVICES.path, DEVICES.sha256, other.sha256), (new.path, "", new.sha256),
    ]  # fmt: skip
    assert [(c.before, c.now) for c in changes(now, ENGAGEMENT)] == [
        (other.sha256, DEVICES.sha256), (new.sha256, ""),
    ]  # fmt: skip


def test_how_a_vantage_is_reached_may_be_mended_in_an_open_run() -> None:
    first, *others = ENGAGEMENT.vantages
    mended = replace(first, interface="eth1", sources=(ip_address("192.0.2.200"),))
    now = replace(ENGAGEMENT, vantages=(mended, *others))
    assert governing_changes(ENGAGEMENT, now) == ()
    assert [c.name for c in changes(ENGAGEMENT, now)] == ["engagement.toml [[vantage]]"]


def test_every_part_of_an_engagement_is_accounted_for() -> None:
    tables = {"devices", "lines", "answers", "sitewalk", "waivers", "documents"}
    assert {f.name for f in fields(Engagement)} == {*GOVERNING, *FREE, *tables, "snmp", "logins"}
