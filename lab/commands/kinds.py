"""`lab kinds`: the device kinds and their parameters."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined
from rich.console import Console
from rich.table import Table

import lab.devices
from lab.commands.frame import JsonOption, LangOption, Language, print_json, told_in
from lab.devices.kind import Kind
from lab.devices.registry import kinds as all_kinds
from lab.errors import LabError
from lab.text import text

COLUMNS = ("name", "type", "default", "example", "about")


def kinds(
    kind: Annotated[str | None, typer.Argument(help=text("help.kind"), show_default=False)] = None,
    *,
    as_json: JsonOption = False,
    lang: LangOption = Language.JA,
) -> None:
    """Show the device kinds and their parameters with type, default and example."""
    with told_in(lang):
        known = all_kinds()
        if kind is not None and kind not in known:
            raise LabError("kinds.unknown", kind=kind, known=", ".join(known))
        chosen = [entry for name, entry in known.items() if kind in (None, name)]
        if as_json:
            print_json([_described(entry) for entry in chosen])
            return
        for entry in chosen:
            _print(entry, lang)


def _described(kind: Kind[Any]) -> dict[str, object]:
    """Describe one kind as data."""
    return {
        "kind": kind.name,
        "about": _about(kind),
        "transports": list(kind.transports),
        "drivers": list(kind.drivers),
        "params": parameters(kind.params),
    }


def parameters(model: type[BaseModel], prefix: str = "") -> list[dict[str, object]]:
    """List the parameters of a model, nested ones as `certificate.key`."""
    rows: list[dict[str, object]] = []
    for name, field in model.model_fields.items():
        nested = field.annotation
        if isinstance(nested, type) and issubclass(nested, BaseModel):
            rows += parameters(nested, f"{prefix}{name}.")
            continue
        examples = field.examples or []
        rows.append(
            {
                "name": prefix + name,
                "type": _type_name(field),
                "default": _default(field),
                "example": examples[0] if examples else _default(field),
                "about": field.description or "",
            }
        )
    return rows


def _type_name(field: FieldInfo) -> str:
    """Name a type as a scenario's author thinks of it."""
    shown = str(field.annotation) if not isinstance(field.annotation, type) else field.annotation.__name__
    for noise in ("typing.", "datetime.", "pydantic.types."):
        shown = shown.replace(noise, "")
    return shown if "Annotated" not in shown else shown.split("[", 1)[0] + " of str"


def _default(field: FieldInfo) -> object:
    """Give the default; None where there is none."""
    value = field.get_default(call_default_factory=True, validated_data={})
    return None if value is PydanticUndefined else value


def _about(kind: Kind[Any]) -> str:
    """Give the first line of the kind's own documentation."""
    return (sys.modules[f"{lab.devices.__name__}.{kind.name}"].__doc__ or "").strip().split("\n", 1)[0]


def _print(kind: Kind[Any], lang: Language) -> None:
    """Print one kind as a table."""
    console = Console()
    transports, drivers = ", ".join(kind.transports), ", ".join(kind.drivers)
    line = text("kinds.transports", lang, kind=kind.name, transports=transports, drivers=drivers, about=_about(kind))
    console.print(line, markup=False, highlight=False)
    rows = parameters(kind.params)
    if not rows:
        return
    table = Table(*(text(f"kinds.column.{column}", lang) for column in COLUMNS))
    for row in rows:
        table.add_row(*(_shown(row[column]) for column in ("name", "type", "default", "example", "about")))
    console.print(table, markup=False)


def _shown(value: object) -> str:
    """Show a cell as TOML would have it, more or less."""
    return value if isinstance(value, str) else "" if value is None else repr(value)
