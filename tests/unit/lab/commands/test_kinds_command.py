"""What `lab kinds` says of each kind, and whether it is true."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic.fields import FieldInfo
from typer.testing import CliRunner

from lab.cli import app
from lab.devices.registry import kinds

HOSTILE = {
    "endless_banner",
    "hostile_banner",
    "malformed",
    "open_everywhere",
    "random_bytes",
    "rst_storm",
    "slow_drip_tls",
    "ssh_penalties",
    "ssl2",
    "tarpit",
    "xml_bomb",
}
IMITATIONS = {"cli", "portal", "hl7", "printer"}
SYNTHETIC = (HOSTILE | IMITATIONS) - {"tarpit"}
EXAMPLES = [
    pytest.param(name, field_name, field, id=f"{name}-{field_name}")
    for name, kind in kinds().items()
    for field_name, field in kind.params.model_fields.items()
    if field.examples
]


def run(*arguments: str) -> str:
    """Give what the command prints."""
    done = CliRunner().invoke(app, ["kinds", *arguments])
    assert done.exit_code == 0, done.output
    return done.output


def test_every_hostile_kind_and_imitation_is_listed_as_synthetic() -> None:
    listed = {row["kind"]: row for row in json.loads(run("--json"))}
    assert listed.keys() == kinds().keys()
    assert listed.keys() >= HOSTILE | IMITATIONS
    assert all(listed[name]["about"].startswith("Synthetic ") for name in SYNTHETIC)
    assert all(listed[name]["about"].endswith(".") for name in listed)


@pytest.mark.parametrize("name", sorted(SYNTHETIC))
def test_each_of_their_own_parameters_has_type_example_and_meaning(name: str) -> None:
    (described,) = json.loads(run(name, "--json"))
    own = kinds()[name].params.__annotations__
    rows = [row for row in described["params"] if row["name"].split(".")[0] in own and "." not in row["name"]]
    assert {row["name"] for row in rows} >= {field for field in own if field != "certificate"}
    assert [row["name"] for row in rows if not (row["type"] and row["about"] and row["example"] is not None)] == []


@pytest.mark.parametrize(("name", "field_name", "field"), EXAMPLES)
def test_every_example_is_accepted(name: str, field_name: str, field: FieldInfo) -> None:
    for example in field.examples or []:
        model = kinds()[name].params
        needed = {n: f.examples[0] for n, f in model.model_fields.items() if f.is_required() and f.examples}
        params: Any = model.model_validate({**needed, field_name: example})
        assert getattr(params, field_name) is not None


def test_brackets_are_shown_as_they_are() -> None:
    shown = run("malformed", "--lang", "en")
    assert "Literal['" in shown
    assert "\\[" not in shown
