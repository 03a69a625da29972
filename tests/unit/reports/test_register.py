import pytest

from reports.register import DeviceState, Register, findings_of_point, reconciled, register_state
from tests.unit.reports.inventory import POINTS
from tests.unit.reports.parts import asset, finding
from tests.unit.reports.sample import empty, sample


@pytest.mark.parametrize(
    ("declared", "observed", "state"),
    [
        (True, True, Register.MATCHED),
        (False, True, Register.UNDECLARED),
        (True, False, Register.UNSEEN),
        (False, False, Register.REPORTED),
    ],
)
def test_register_against_observation(declared: bool, observed: bool, state: Register) -> None:
    assert register_state(asset("192.0.2.1", "x", declared=declared, observed=observed)) is state


def test_a_device_that_was_not_asked_is_not_missing() -> None:
    states = {r.subject: r.state for r in reconciled(sample())}
    assert states["host:192.0.2.41"] is DeviceState.UNCONFIRMED
    assert states["host:192.0.2.27"] is DeviceState.MISSING
    assert states["host:192.0.2.4"] is DeviceState.UNDECLARED
    assert states["host:192.0.2.6"] is DeviceState.MISMATCHED
    assert states["host:192.0.2.10"] is DeviceState.MATCHED


def test_lines_of_the_reconciliation_get_a_row_of_their_own() -> None:
    lines = [r for r in reconciled(sample()) if r.asset is None]
    assert [(r.subject, r.numbers) for r in lines] == [("point:192.0.2.9/K2", ("L-05",))]
    assert reconciled(empty()) == ()


def test_findings_of_a_point_are_those_it_names_and_those_about_it() -> None:
    line = next(p for p in POINTS if p.id == "point:@L-06").model_copy(update={"findings": ()})
    assert [f.check for f in findings_of_point(sample(), line)] == ["register.line-is-there"]


@pytest.mark.parametrize(
    ("verdict", "observed", "state"),
    [
        ("fail", True, DeviceState.RETIRED_ALIVE),
        ("pass", False, DeviceState.RETIRED_SILENT),
        ("unknown", False, DeviceState.RETIRED_UNASKED),
    ],
)
def test_a_retired_device_is_not_held_against_devices_in_use(verdict: str, observed: bool, state: DeviceState) -> None:
    address = "192.0.2.10"
    told = finding("register.retired-device-is-silent", f"host:{address}", verdict, topic="register.retired_but_alive")
    assets = tuple(
        a.model_copy(update={"observed": observed}) if address in a.addresses else a for a in sample().assets
    )
    report = sample().model_copy(update={"assets": assets, "findings": (told,)})
    assert {r.subject: r.state for r in reconciled(report)}[f"host:{address}"] is state
    apart = report.model_copy(update={"findings": ()})
    assert {r.subject: r.state for r in reconciled(apart)}[f"host:{address}"] is not state


def test_no_list_hides_that_a_retired_device_answers() -> None:
    told = finding("register.retired-device-is-silent", "host:192.0.2.6", "fail", topic="register.retired_but_alive")
    report = sample().model_copy(update={"findings": (told,)})
    (one,) = [r for r in reconciled(report) if r.subject == "host:192.0.2.6"]
    assert (one.state, len(one.what)) == (DeviceState.RETIRED_ALIVE, 1)
