"""The evidence behind a cell of the restriction matrix: what was recorded when that port was asked from there."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from reports.tries import tries_of
from sekisho.model.report import AttemptPart, RestrictionPart, Text
from tests.unit.reports.parts import digest
from tests.unit.reports.sample import EVIDENCE, sample

SERVICE = "service:2001:db8::1/tcp/22"


def attempt(subject: str, vantage: str, probe: str, name: str) -> AttemptPart:
    return AttemptPart(
        subject=subject, vantage=vantage, probe=probe, outcome="ok", at="2026-11-21T00:00:00+00:00",
        evidence=(digest(name),),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("one", "ports", "found"),
    [
        (attempt("host:2001:db8::1", "vendor", "ports", "x"), [22, 80], True),
        (attempt("host:2001:db8::1", "vendor", "ports", "x"), [80, 222], False),
        (attempt("host:2001:db8::1", "management", "ports", "x"), [22], False),
        (attempt("host:2001:db8::1", "vendor", "hosts", "x"), [22], False),
        (attempt("host:2001:db8::11", "vendor", "ports", "x"), [22], False),
        (attempt(SERVICE, "vendor", "ports", "x"), [22], True),
        (attempt(SERVICE, "vendor", "ssh", "x"), [22], False),
    ],
)
def test_only_what_was_recorded_of_that_port_from_that_vantage(one: AttemptPart, ports: list[int], found: bool) -> None:
    row: Any = {"service": SERVICE, "vantage": "vendor", "outcome": "ok", "meant": "no", "control": None}
    part = RestrictionPart(**row, verdict="proven_open", to_settle=Text(ja="", en=""))
    report = sample().model_copy(update={"restriction": (part,), "attempts": (one,)})
    transcript = replace(next(iter(EVIDENCE.values())), options={"ports": ports})
    assert tries_of(report, {digest("x"): transcript}) == {(SERVICE, "vendor"): (digest("x"),) if found else ()}
