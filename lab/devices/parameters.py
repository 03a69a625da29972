"""Parameter types that several kinds share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, ValidationInfo
from pydantic_core import PydanticCustomError

HEX_PREFIX = "hex:"


def _file_in_scenario(value: str, info: ValidationInfo) -> str:
    """Refuse a file that the scenario doesn't hold; without a scenario at hand there is nothing to look in."""
    root: Path | None = getattr(info.context, "root", None)
    if root is not None:
        file = (root / value).resolve()
        if not file.is_relative_to(root.resolve()) or not file.is_file():
            raise PydanticCustomError("no_file", "expected a file of the scenario, relative to it")
    return value


def _readable_bytes(value: str) -> str:
    """Refuse `hex:` with something else than hex digits behind it."""
    try:
        wire_bytes(value)
    except ValueError:
        raise PydanticCustomError("bad_hex", "expected pairs of hex digits after hex:") from None
    return value


def wire_bytes(value: str) -> bytes:
    """Give the bytes of a banner: UTF-8 text, or hex digits after `hex:`."""
    if value.startswith(HEX_PREFIX):
        return bytes.fromhex(value.removeprefix(HEX_PREFIX))
    return value.encode()


def _one_line(value: str) -> str:
    """Refuse line breaks in what goes on one protocol line."""
    if "\r" in value or "\n" in value:
        raise PydanticCustomError("one_line", "expected one line")
    return value


ScenarioFile = Annotated[str, AfterValidator(_file_in_scenario)]
"""Path of a file, relative to the scenario folder."""
WireText = Annotated[str, AfterValidator(_readable_bytes)]
"""Text sent as UTF-8, or bytes in hex after `hex:`."""
Line = Annotated[str, AfterValidator(_one_line)]
"""Text of one protocol line, without its end."""
