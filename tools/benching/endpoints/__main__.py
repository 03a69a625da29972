"""`make bench-endpoints`: the same endpoints under this project and its peers; writes docs/benchmarks/endpoints.md.

Needs root, nft and what it compares: peers and implementations that are absent are named on the page. Nothing leaves
the machine: both ends are network namespaces made here. Installing the peers from PyPI is all that needs a network.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from lab.devices.authority import new_authority
from tools.benching.endpoints.cable import SERVER, cable
from tools.benching.endpoints.configurations import NAMED, SSH, Configuration, drawn
from tools.benching.endpoints.measuring import Asked, Bench
from tools.benching.endpoints.page import PAGE, page, row_text
from tools.benching.endpoints.peers import PEERS, install
from tools.benching.endpoints.starting import Workshop, is_here
from tools.benching.folder import make_folder, pace_text

_FIRST_PORT: Final = 20000
_ALL: Final = tuple(p.name for p in PEERS)
_QUICK_PEERS: Final = ("nmap", "sslyze")
"""Asked for the drawn configurations too; testssl.sh takes some ten seconds for each, and sslscan hangs at NSS."""


@contextmanager
def bench(work: Path) -> Iterator[tuple[Bench, Workshop]]:
    """Put everything up that stays."""
    folder = make_folder(work / "engagement", f"{SERVER}/32", SERVER, pace_text("lab", {}))
    with cable() as place:
        yield Bench(place, work, folder), Workshop(work, new_authority(work / "authority"), place.theirs)


def told(rows: Iterable[Asked]) -> list[Asked]:
    """Print each row when it is there."""
    kept = []
    for row in rows:
        print(row_text(row), flush=True)
        kept.append(row)
    return kept


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


def others(place: Bench, shop: Workshop) -> list[Asked]:
    """Ask a tarpit and SSH services."""
    port = _FIRST_PORT + 900
    with shop.tarpit(port):
        rows = told(place.everybody("tarpit", frozenset(), port, _ALL))
    for number, one in enumerate(SSH, start=1):
        with shop.ssh(one, port + number):
            rows += told(place.ssh(one.name, one.truth(), port + number))
    return rows


def main() -> None:
    """Run everything and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", help="configurations whose name contains this, without writing the page")
    parser.add_argument("--others", action="store_true", help="tarpit and SSH, without writing the page")
    chosen = parser.parse_args()
    install()
    with tempfile.TemporaryDirectory() as temporary, bench(Path(temporary)) as (place, shop):
        if chosen.only or chosen.others:
            wanted = [c for c in (*NAMED, *drawn()) if chosen.only and chosen.only in c.name]
            tls(place, shop, wanted, _FIRST_PORT, _ALL)
            if chosen.others:
                others(place, shop)
            return
        named = tls(place, shop, NAMED, _FIRST_PORT, _ALL)
        named += others(place, shop)
        many = tls(place, shop, drawn(), _FIRST_PORT + 100, _QUICK_PEERS)
        PAGE.write_text(page(named, many), "utf-8")


if __name__ == "__main__":
    main()
