"""The engagement folder of the tests: one small sound hospital, on disk as a user would hand it over."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Final

HOURS: Final = 'hours = ["Mon-Fri 19:00-06:00", "Sat,Sun 00:00-24:00"]'
ALWAYS: Final = 'hours = ["Mon-Sun 00:00-24:00"]'


def settings(
    network: str = "192.0.2.0/24",
    *,
    valid: tuple[date, date] = (date(2026, 11, 1), date(2026, 12, 28)),
    hours: str = HOURS,
    via: str = "",
    more: str = "",
) -> str:
    """Write engagement.toml with all that is required and nothing else; more: further tables, at the end."""
    place = f'via = "{via}"\n' if via else ""
    return f"""schema = 1
[facility]
name = "試験病院"
kind = "hospital"
[[consent]]
granted_by = "病院長"
role = "hospital"
document = "documents/consent.pdf"
valid_from = {valid[0]}
valid_until = {valid[1]}
{hours}
covers = ["{network}"]
max_tier = "T3"
methods = ["active"]
stop_contact = "内線 0000"
[scope]
include = ["{network}"]
[[vantage]]
name = "management"
role = "management"
{place}{more}"""


def make_folder(folder: Path, config: str = "") -> Path:
    """Make the folder with its consent document; config: another engagement.toml."""
    (folder / "documents" / "answers").mkdir(parents=True, exist_ok=True)
    (folder / "documents" / "consent.pdf").write_bytes(b"%PDF-1.4 signed")
    (folder / "engagement.toml").write_text(config or settings(), encoding="utf-8")
    return folder
