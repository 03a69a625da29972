"""`make bench-endpoints`: the same endpoints under this project and its peers; writes docs/benchmarks/endpoints.md.

Needs root, nft and what it compares: what is missing is installed where that starts no service, and else named on the
page. Nothing leaves the machine but what installs: both ends are network namespaces made here.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from lab.devices.authority import new_authority
from tools.benching.discovery import machine
from tools.benching.endpoints import ike, kept
from tools.benching.endpoints.cable import SERVER, cable
from tools.benching.endpoints.configurations import NAMED, SSH, Configuration, drawn
from tools.benching.endpoints.installing import install
from tools.benching.endpoints.measuring import DRAWN_LIMIT_S, TARPIT_LIMIT_S, Asked, Bench
from tools.benching.endpoints.page import PAGE, page, row_text
from tools.benching.endpoints.peers import PEERS
from tools.benching.endpoints.starting import Workshop, is_here
from tools.benching.folder import make_folder, pace_text

_FIRST_PORT: Final = 20000
_ROUNDS: Final = 3
_ALL: Final = tuple(p.name for p in PEERS)
_QUICK_PEERS: Final = ("nmap", "sslyze", "sslscan")
"""Asked for the drawn configurations too; testssl.sh takes some ten seconds for each."""


@contextmanager
def bench(work: Path) -> Iterator[tuple[Bench, Workshop]]:
    """Put everything up that stays."""
    folder = make_folder(work / "engagement", f"{SERVER}/32", SERVER, pace_text("lab", {}))
    with cable() as place:
        yield Bench(place, work, folder), Workshop(work, new_authority(work / "authority"), place.theirs)


def told(rows: Iterable[Asked]) -> list[Asked]:
    """Print each row when it is there."""
    kept_rows = []
    for row in rows:
        print(row_text(row), flush=True)
        kept_rows.append(row)
    return kept_rows


def tls(
    place: Bench, shop: Workshop, wanted: Iterable[Configuration], first: int, peers: tuple[str, ...]
) -> list[Asked]:
    """Serve one configuration after another and have each asked."""
    rows = []
    for number, one in enumerate(wanted):
        if is_here(one.maker):
            with shop.serving(one, first + number):
                rows += told(place.everybody(one.name, one.truth(), first + number, peers))
    return rows


def tarpit(place: Bench, shop: Workshop) -> list[Asked]:
    """Ask what takes connections and never answers."""
    port = _FIRST_PORT + 900
    with shop.tarpit(port):
        limited = replace(place, limit_s=TARPIT_LIMIT_S)
        return told(limited.everybody("tarpit", frozenset(), port, _ALL))


def others(place: Bench, shop: Workshop) -> list[Asked]:
    """Ask SSH and IKE services."""
    rows = []
    for number, one in enumerate(SSH, start=_FIRST_PORT + 901):
        with shop.ssh(one, number):
            rows += told(place.ssh(one.name, one.truth(), number))
    for configured in ike.IKE if ike.is_here() else ():
        for ask in (place.ike, place.ike_scan):
            with ike.serving(configured, shop.folder / "ike", shop.authority, shop.holder):
                rows += told(ask(configured))
    return rows


def main() -> None:
    """Run everything and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", help="configurations whose name contains this, without writing the page")
    parser.add_argument("--others", action="store_true", help="tarpit, SSH and IKE, without writing the page")
    parser.add_argument("--page", action="store_true", help="the page from the last run's figures, without asking")
    chosen = parser.parse_args()
    if chosen.page:
        PAGE.write_text(page(kept.read()), "utf-8")
        return
    install()
    at_first = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as temporary, bench(Path(temporary)) as (place, shop):
        if chosen.only or chosen.others:
            wanted = [c for c in (*NAMED, *drawn()) if chosen.only and chosen.only in c.name]
            tls(place, shop, wanted, _FIRST_PORT, _ALL)
            if chosen.others:
                tarpit(place, shop)
                others(place, shop)
            return
        often = replace(place, rounds=_ROUNDS)
        named = tls(often, shop, NAMED, _FIRST_PORT, _ALL) + tarpit(place, shop) + others(often, shop)
        many = tls(replace(place, limit_s=DRAWN_LIMIT_S), shop, drawn(), _FIRST_PORT + 100, _QUICK_PEERS)
    loads = f"load average {at_first:.1f} at the start and {os.getloadavg()[0]:.1f} at the end"
    on = f"{datetime.now(UTC):%Y-%m-%d}: {machine()}, {loads}"
    measured = kept.Measured(on, tuple(named), tuple(many))
    measured.keep()
    PAGE.write_text(page(measured), "utf-8")


if __name__ == "__main__":
    main()
