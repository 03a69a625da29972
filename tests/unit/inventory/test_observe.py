from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_address

import pytest

from sekisho.inventory.declared import Declared
from sekisho.inventory.index import Index
from sekisho.inventory.observe import Seen, observe
from sekisho.inventory.reach import Reach, reach
from sekisho.model.attempts import Outcome
from sekisho.model.facts import Greeting, HostAnswered, PortSeen, PortStatus, TlsVersions
from sekisho.model.run import Imported, VantageUse
from sekisho.model.subjects import Subject
from tests.unit.inventory.worlds import T0, World, tls, world

HOST, WEB = "host:192.0.2.1", "service:192.0.2.1/tcp/443"
A = ip_address("192.0.2.1")
ANSWER = HostAnswered("icmp")


def read(made: World) -> Seen:
    return observe(made.record(), made.scanners())


def reached(made: World) -> Reach:
    seen = read(made)
    declared = Declared(made.engagement, made.scope())
    return reach(made.record(), seen.attempts, Index(seen.observations), declared=declared, scope=made.scope())


def test_every_fact_becomes_an_observation_with_its_evidence() -> None:
    made = world().saw(HOST, ANSWER, about={WEB: PortSeen(PortStatus.OPEN, "connect")})
    seen = read(made)
    assert [o.id for o in seen.observations] == [
        f"fake|management|{HOST}|HostAnswered|0000", f"fake|management|{WEB}|PortSeen|0000",
    ]  # fmt: skip
    assert all(o.evidence == made.attempts[0].evidence for o in seen.observations)


def test_ids_do_not_depend_on_the_order_of_attempts() -> None:
    made = world()
    for minute in range(5):
        made.saw(WEB, Greeting("http", str(minute), 1), minutes=minute)
    ordered = read(made)
    made.attempts.reverse()
    assert read(made) == ordered


def test_crash_of_a_reader_is_a_tool_error_and_the_rest_stays() -> None:
    made = world().saw(HOST, ANSWER).saw(WEB, tls("tls1.2"))
    made.broken.add(made.attempts[0].evidence[0])
    seen = read(made)
    assert {a.subject: a.outcome for a in seen.attempts} == {HOST: Outcome.TOOL_ERROR, WEB: Outcome.OK}
    assert [type(o.value) for o in seen.observations] == [TlsVersions]


def test_missing_evidence_and_unknown_scanner_are_tool_errors() -> None:
    made = world().saw(HOST, ANSWER).saw(WEB, tls("tls1.2"), scanner="gone")
    made.transcripts.pop(made.attempts[0].evidence[0])
    assert {a.outcome for a in read(made).attempts} == {Outcome.TOOL_ERROR}


def test_answers_forged_by_a_middlebox_prove_nothing() -> None:
    assert read(world().saw(HOST, ANSWER, outcome=Outcome.MIDDLEBOX)).observations == ()


def test_our_own_address_is_no_device() -> None:
    made = world().alive("192.0.2.9")
    made.uses = (VantageUse("management", (ip_address("192.0.2.9"),)),)
    assert read(made).observations == ()


def test_transcript_of_two_attempts_is_read_once() -> None:
    made = world().saw(HOST, ANSWER)
    made.attempts.append(replace(made.attempts[0], subject=Subject(WEB)))
    assert len(read(made).observations) == 1


def test_imports_are_read_but_count_as_nothing_we_asked() -> None:
    made = world().saw(HOST, ANSWER, vantage="import")
    evidence = made.attempts[0].evidence[0]
    record = replace(made.record(), imports=(Imported("nmap.xml", "import", evidence, T0),))
    seen = observe(record, made.scanners())
    declared = Declared(made.engagement, made.scope())
    where = reach(record, seen.attempts, Index(seen.observations), declared=declared, scope=made.scope())
    assert where.seen == {A}
    assert not where.asked


@pytest.mark.parametrize(("age", "counts"), [(30, True), (31, False), (4000, False), (None, False)])
def test_an_import_that_is_old_or_undated_is_no_observation(age: int | None, counts: bool) -> None:
    made = world().saw(HOST, ANSWER, vantage="import")
    at = T0 - timedelta(days=age) if age is not None else None
    imported = Imported("nmap.xml", "import", made.attempts[0].evidence[0], at)
    seen = observe(replace(made.record(), imports=(imported,)), made.scanners())
    assert bool(seen.observations) is counts
    assert len(seen.attempts) == 1


def test_answer_means_asked_and_seen() -> None:
    where = reached(world().saw(HOST, ANSWER))
    assert where.asked == where.seen == {A}
    assert where.working == {"management"}


def test_silence_means_asked_and_not_seen() -> None:
    silent = world().saw(HOST, outcome=Outcome.TIMEOUT, about={WEB: PortSeen(PortStatus.FILTERED, "connect")})
    assert reached(silent).asked == {A}
    assert not reached(silent).seen


def test_skipped_means_not_asked() -> None:
    for outcome in (Outcome.SKIPPED_BY_TIER, Outcome.SKIPPED_BY_SCOPE, Outcome.NOT_TRIED):
        assert reached(world().skipped(HOST, outcome)).asked == frozenset()


def test_silence_after_a_lost_answer_is_not_silence() -> None:
    cut = world().saw(HOST, outcome=Outcome.TIMEOUT).saw(HOST, outcome=Outcome.INTERRUPTED, minutes=1)
    assert reached(cut).asked == frozenset()
    crashed = world().saw(HOST, outcome=Outcome.TIMEOUT)
    crashed.broken.add(crashed.attempts[0].evidence[0])
    assert reached(crashed).asked == frozenset()


def test_host_gone_counts_as_asked_only_if_a_packet_left() -> None:
    assert reached(world().saw(HOST, outcome=Outcome.HOST_GONE)).asked == {A}
    assert reached(world().skipped(HOST, Outcome.HOST_GONE)).asked == frozenset()


def test_silent_greeting_and_unsettled_tls_are_no_answers() -> None:
    assert reached(world().saw(WEB, Greeting("silent", "", 0), tls())).seen == frozenset()
    assert reached(world().saw(WEB, tls(refused=["ssl3"]))).seen == {A}


def test_try_without_any_evidence_proves_no_silence() -> None:
    assert reached(world().skipped(HOST, Outcome.TIMEOUT)).asked == frozenset()
