"""Reading engagement.toml: bytes → raw tables for the cross checks, and the model when it is free of errors."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from sekisho.intake.config.models import EngagementFile
from sekisho.intake.config.problems import FILE, report
from sekisho.intake.remarks import Remarks
from sekisho.model.engagement import Origin

MAX_BYTES: Final = 1024 * 1024
_TOML_PLACE: Final = re.compile(r"\(at line (\d+), column (\d+)\)")


@dataclass(frozen=True, slots=True)
class ConfigRead:
    """raw: the tables as TOML gave them, None when it is no TOML. model: None when anything in it is wrong."""

    raw: Mapping[str, Any] | None
    model: EngagementFile | None


def read_config(folder: Path, remarks: Remarks) -> ConfigRead:
    """Read and check engagement.toml for itself; every problem goes into remarks."""
    raw = read_toml(folder / FILE, FILE, remarks)
    if raw is None:
        return ConfigRead(None, None)
    version = raw.get("schema", 1)
    if type(version) is not int or version != 1:  # true is no version, though it equals 1
        remarks.wrong(Origin(FILE, "schema"), str(version), "config.schema")
        return ConfigRead(None, None)  # the keys of another version would only be noise
    try:
        return ConfigRead(raw, EngagementFile.model_validate(raw))
    except ValidationError as error:
        report(error, remarks)
        return ConfigRead(raw, None)


def read_toml(path: Path, name: str, remarks: Remarks) -> dict[str, Any] | None:
    """Read a file as TOML; Windows editors put a BOM before it. name: how the reader knows it."""
    at = Origin(name)
    try:
        if not path.is_file():
            remarks.wrong(at, "", "config.no_file")
            return None
        if path.stat().st_size > MAX_BYTES:
            remarks.wrong(at, "", "file.too_large", limit=MAX_BYTES // 2**20)
            return None
        return tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        remarks.wrong(at, "", "file.unreadable", why=error.strerror or type(error).__name__)
    except UnicodeDecodeError:
        remarks.wrong(at, "", "config.not_utf8", file=name)
    except tomllib.TOMLDecodeError as error:
        found = _TOML_PLACE.search(str(error))
        place = f"L{found[1]}:{found[2]}" if found else ""
        remarks.wrong(Origin(name, place), "", "config.toml")
    except RecursionError:
        remarks.wrong(at, "", "config.toml")
    return None
