from __future__ import annotations

from ipaddress import ip_address

from sekisho.engine.controls import Again, wanted
from sekisho.model.control import Try
from sekisho.model.subjects import Subject, service
from tests.unit.model.test_control import tries

ADDRESS = ip_address("192.0.2.1")
SSH = service(ADDRESS, "tcp", 22)


def again(vantage: str, number: int) -> list[Again]:
    return [Again(vantage, ADDRESS, 22, number)]


def of(*given: tuple[str, int, bool]) -> dict[Subject, list[Try]]:
    return {SSH: tries(*given)}


def test_a_silence_after_an_answer_is_closed_from_where_it_answered() -> None:
    late = of(("a", 0, True), ("b", 30, False))
    assert wanted(late, {"a", "b"}) == again("a", 1)
    assert wanted(late, {"b"}) == [], "not at hand"


def test_a_silence_before_all_answers_is_seen_again() -> None:
    early = of(("b", 0, False), ("a", 30, True))
    assert wanted(early, {"a", "b"}) == again("b", 1)
    assert wanted(early, {"a"}) == []


def test_nothing_is_asked_where_nothing_is_open_to_doubt() -> None:
    assert wanted(of(("a", 0, True), ("b", 5, False)), {"a", "b"}) == []
    assert wanted(of(("a", 0, False), ("b", 30, False)), {"a", "b"}) == []
    assert wanted(of(("a", 0, True), ("b", 30, True)), {"a", "b"}) == []


def test_each_further_try_has_a_number_of_its_own() -> None:
    assert wanted(of(("a", 0, True), ("b", 30, False), ("a", 61, False)), {"a"}) == again("a", 2)
