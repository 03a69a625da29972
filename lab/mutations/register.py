"""Changes of the registers: a row disappears, a device gets another state or address, a line is forgotten."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from ipaddress import IPv4Network, ip_address, ip_network

from lab.mutations.model import Candidate, Folder, TruthChange, addresses, turned_bad
from lab.mutations.tables import TableRow, read_rows, remove_row, set_cell

STATE_HEADERS = frozenset({"状態", "state", "status"})
RETIRED = "廃棄済"


def rows_removed(folder: Folder) -> Iterator[Candidate]:
    """Remove the only row of a device that is up: it is undeclared now."""
    for address, row in _single_rows(folder):
        changes = turned_bad(folder, f"host:{address}", "register.undeclared")
        if changes:
            place = f"{row.file.name} {address}"
            yield Candidate("register-row-removed", place, _shown(row), "", changes, partial(remove_row, row))


def addresses_changed(folder: Folder) -> Iterator[Candidate]:
    """Let the only row of a device that is up name an address that nobody has."""
    free = _free_address(folder)
    for address, row in _single_rows(folder):
        changes = turned_bad(folder, f"host:{address}", "register.undeclared")
        if changes and free is not None:
            column = next(index for index, cell in enumerate(row.cells) if _names(cell, address))
            value = row.cells[column].replace(address, free)
            place = f"{row.file.name} {address}"
            apply = partial(set_cell, row, column, value)
            yield Candidate("register-address-changed", place, address, free, changes, apply)


def states_changed(folder: Folder) -> Iterator[Candidate]:
    """Retire, in its register, a device that is up."""
    columns = {(row.file, row.sheet): column for row in _all_rows(folder) if (column := _state_column(row)) is not None}
    for address, row in _single_rows(folder):
        column = columns.get((row.file, row.sheet))
        changes = turned_bad(folder, f"host:{address}", "register.retired_but_alive")
        if changes and column is not None and column < len(row.cells):
            place = f"{row.file.name} {address}"
            apply = partial(set_cell, row, column, RETIRED)
            yield Candidate("register-state-changed", place, row.cells[column], RETIRED, changes, apply)


def lines_removed(folder: Folder) -> Iterator[Candidate]:
    """Forget a line that only the register tells of: its connection point is gone."""
    for truth in folder.rows("connection_points"):
        number = str(truth["at"]).removeprefix("@")
        if number == truth["at"]:
            continue  # a point with an address may be found otherwise
        rows = [row for row in _all_rows(folder) if number in row.cells]
        if len(rows) == 1:
            change = TruthChange("connection_points", truth, None)
            place = f"{rows[0].file.name} {number}"
            yield Candidate("line-removed", place, _shown(rows[0]), "", (change,), partial(remove_row, rows[0]))


def _single_rows(folder: Folder) -> Iterator[tuple[str, TableRow]]:
    """Give the addresses of hosts that are up and stand in exactly one row of all registers, with that row."""
    rows = list(_all_rows(folder))
    for host in folder.hosts():
        own = addresses(host)
        naming = [row for row in rows if any(_names(cell, address) for cell in row.cells for address in own)]
        # Of several addresses on the row, one that is changed would still leave the device declared by another.
        if len(naming) == 1 and len(own) == 1:
            yield own[0], naming[0]


def _all_rows(folder: Folder) -> list[TableRow]:
    """Give the rows of all registers."""
    return list(read_rows(folder.root / "engagement" / "documents"))


def _names(cell: str, address: str) -> bool:
    """Tell whether a cell names an address, and not merely a longer one that begins with it."""
    return re.search(rf"(?<![0-9A-Fa-f.:]){re.escape(address)}(?![0-9A-Fa-f.:])", cell) is not None


def _state_column(row: TableRow) -> int | None:
    """Give the column of the state, when this row is a header."""
    return next((index for index, cell in enumerate(row.cells) if cell.strip().lower() in STATE_HEADERS), None)


def _free_address(folder: Folder) -> str | None:
    """Give an IPv4 address of the first segment that nobody has and no register names."""
    used = {address for host in folder.document.get("host", []) for address in addresses(host)}
    used |= {str(vantage["ipv4"]) for vantage in folder.document.get("vantage", [])}
    named = " ".join(cell for row in _all_rows(folder) for cell in row.cells)
    for segment in folder.document.get("segment", []):
        network = ip_network(str(segment.get("ipv4", "127.0.0.0/32")))
        if isinstance(network, IPv4Network):
            for candidate in reversed(list(network.hosts())[:65536]):
                if str(ip_address(candidate)) not in used and not _names(named, str(candidate)):
                    return str(candidate)
    return None


def _shown(row: TableRow) -> str:
    """Show a row."""
    return " | ".join(cell for cell in row.cells if cell)
