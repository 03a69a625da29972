"""Every parser is fuzzed: targets are found by convention, and each of them takes what it begins with."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

import scanners
from sekisho.errors import ParseError
from sekisho.registry import Scanner, discover_scanners
from tools.fuzzing.arguments import KINDS, Parameter, give, parameters_of, take
from tools.fuzzing.seeds import seeds
from tools.fuzzing.targets import OURS, WORDS, _masker, _parser, functions, targets
from tools.fuzzing.transcripts import Form

ALL = targets()
NAMES = pytest.mark.parametrize("name", sorted(ALL))


def modules() -> list[ModuleType]:
    found = pkgutil.walk_packages(scanners.__path__, "scanners.")
    return [importlib.import_module(info.name) for info in found]


@pytest.mark.parametrize("scanner", discover_scanners(scanners).values(), ids=lambda s: s.id)
def test_the_reading_and_the_mask_of_every_scanner_are_targets(scanner: Scanner) -> None:
    assert f"read:{scanner.id}" in ALL
    assert (f"mask:{scanner.id}" in ALL) is (scanner.mask is not None)


def test_every_function_named_parse_that_takes_bytes_is_a_target() -> None:
    parsers = {
        name
        for module in modules()
        for name, function in functions(module)
        if function.__name__.startswith("parse_") and "bytes" in function.__annotations__.values()
    }
    assert len(parsers) >= 25
    assert parsers - set(ALL) == set()


def test_every_parse_module_of_a_scanner_that_takes_bytes_holds_a_target() -> None:
    with_target = {t.function.__module__ for t in ALL.values() if t.function is not None}
    taking = {
        module.__name__
        for module in modules()
        if module.__name__.endswith(".parse")
        and any(function.__annotations__.get("raw") == "bytes" for _, function in functions(module))
    }
    assert taking
    assert taking - with_target == set()


def test_what_is_left_out_and_what_is_chosen_exists() -> None:
    there = {name: function for module in modules() for name, function in functions(module)}
    assert set(OURS) <= set(there)
    assert all(OURS.values())
    for name, chosen in WORDS.items():
        known = {p.name for p in parameters_of(there[name], chosen) or ()}
        assert set(chosen) <= known


@NAMES
def test_a_target_takes_its_seeds(name: str) -> None:
    begun = seeds(ALL[name])
    assert b"" in begun
    assert len(begun) > 1 or not Form.of(ALL[name].scanner).recorded
    for seed in begun[:40]:
        ALL[name].run(seed)


@pytest.mark.parametrize("scanner", discover_scanners(scanners), ids=str)
def test_a_recorded_transcript_is_the_same_after_it_was_bytes(scanner: str) -> None:
    form = Form.of(scanner)
    for stored in form.recorded:
        made = form.take(form.give(stored))
        assert (made.subject, dict(made.options)) == (stored.subject, dict(stored.options))
        few = [e for e in stored.events if e.conn < 8]
        assert [(e.kind, e.conn, e.port, e.data) for e in made.events] == [
            (e.kind, e.conn, e.port, e.data) for e in few
        ]


PARAMETERS = (*(Parameter(f"p{number}", kind) for number, kind in enumerate(KINDS)), Parameter("rest", bytes))


@given(st.binary(max_size=60))
def test_any_bytes_make_arguments(data: bytes) -> None:
    values = take(data, PARAMETERS)
    assert list(values) == ["p0", "p1", "p2", "p3", "p4", "rest"]
    assert isinstance(take(data, (Parameter("version", str, ("tls1.2", "tls1.3")),))["version"], str)


@given(
    st.tuples(
        st.binary(max_size=9), st.integers(0, 0xFFFF), st.booleans(), st.text(alphabet="aé関", max_size=5),
        st.dictionaries(st.integers(0, 0xFFFF), st.binary(max_size=4), max_size=3), st.binary(max_size=9),
    )
)  # fmt: skip
def test_arguments_are_the_same_after_they_were_bytes(values: tuple[object, ...]) -> None:
    named = dict(zip([p.name for p in PARAMETERS], values, strict=True))
    assert take(give(named, PARAMETERS), PARAMETERS) == named


def test_a_documented_error_is_an_answer_and_any_other_is_a_finding() -> None:
    def parse_planted(raw: bytes) -> None:
        if raw:
            raise KeyError(raw)
        msg = "documented"
        raise ParseError(msg)

    planted = _parser("scanners.planted.parse_planted", parse_planted, (Parameter("raw", bytes),))
    planted.run(b"")
    with pytest.raises(KeyError):
        planted.run(b"x")


def test_what_is_given_bit_by_bit_is_taken_to_its_end() -> None:
    def parse_planted(raw: bytes) -> Iterator[int]:
        yield from raw
        raise KeyError(raw)

    with pytest.raises(KeyError):
        _parser("scanners.planted.parse_planted", parse_planted, (Parameter("raw", bytes),)).run(b"x")


def test_a_mask_that_changes_the_length_or_changes_twice_is_a_finding() -> None:
    _masker(lambda data: b"*" * len(data))(b"secret")
    for wrong in (lambda data: data[1:], lambda data: bytes(b ^ 1 for b in data)):
        with pytest.raises(AssertionError, match="became"):
            _masker(wrong)(b"secret")


def test_a_function_that_takes_what_bytes_cannot_make_is_none() -> None:
    def parse_planted(raw: bytes, key: object) -> None:
        del raw, key

    assert parameters_of(parse_planted, {}) is None
    assert "scanners.ldap.ber.encode" not in ALL  # any number of arguments
    assert "scanners.openvpn.parse.build_reset" not in ALL  # our own session number
    assert "scanners.openvpn.parse.build_acknowledgement" in ALL  # answers the peer
