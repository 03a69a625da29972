"""The device register (機器台帳): rows → declared devices."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from sekisho.intake.cells.vocabulary import Vocabulary
from sekisho.intake.rows import Row
from sekisho.model.engagement import DeclaredDevice, RowState


def read_devices(rows: Iterable[Row], categories: Vocabulary) -> tuple[DeclaredDevice, ...]:
    """Read every row; values that stand twice in the register are told, since one of them may be a slip."""
    read = [(row, _device(row, categories)) for row in rows]
    _report_twice(read)
    return tuple(device for _, device in read)


def _device(row: Row, categories: Vocabulary) -> DeclaredDevice:
    """Read one row."""
    return DeclaredDevice(
        number=row.text("number"),
        maker=row.text("maker"),
        model=row.text("model"),
        category=_category(row, categories),
        category_text=row.text("category"),
        os=row.text("os"),
        software=row.text("software"),
        version=row.text("version"),
        addresses=row.addresses(),
        macs=row.macs(),
        hostname=row.text("hostname"),
        location=row.text("location"),
        users=row.text("users"),
        registered=row.date("registered"),
        state=row.state(),
        note=row.text("note"),
        origin=row.origin,
    )


def _category(row: Row, categories: Vocabulary) -> str:
    """Give the first category whose words stand in 種別, "" with a notice when none does (tier of unknowns)."""
    text = row.text("category")
    found = categories.find(text)
    if text and not found:
        row.note("category", "device.category_unknown")
    return found[0] if found else ""


def _report_twice(read: Iterable[tuple[Row, DeclaredDevice]]) -> None:
    """Notice numbers and addresses that two rows in use share."""
    numbers: dict[str, Row] = {}
    owners: dict[str, list[Row]] = defaultdict(list)
    for row, device in read:
        if device.number and device.number in numbers:
            row.note("number", "device.number_twice", first=numbers[device.number].origin.place)
        numbers.setdefault(device.number, row)
        if device.state is RowState.DISPOSED:
            continue
        for address in device.addresses:
            if owners[str(address)]:
                first = owners[str(address)][0].origin.place
                row.note("addresses", "device.address_twice", address=address, first=first)
            owners[str(address)].append(row)
