"""What a survey by SYNs costs, in packets per port, on each kind of host: ratios, so that any machine can hold them."""

from __future__ import annotations

import shutil

import pytest

from tests.unit.gate.segment import why_not
from tools.benching.bed import Truth, bed
from tools.benching.discovery import Row, ours
from tools.benching.spent import Spent, spent

NETWORK = "198.18.0.0/29"
KINDS = {"198.18.0.1": "answers", "198.18.0.2": "drops", "198.18.0.3": "rejects"}
KINDS |= {f"198.18.0.{n}": "silent" for n in (4, 5, 6)}
FREQUENT = (80, 443, 2049)  # the first two are T1 ports
PORTS = tuple(range(20000, 20600))
OPENS = {
    "198.18.0.1": frozenset({20003, 20400}),
    "198.18.0.2": frozenset({2049, 20599}),
    "198.18.0.3": frozenset({80, 20300}),
}
PLAN = Truth(KINDS, OPENS, tuple(sorted({*PORTS, *FREQUENT, 104, 2575, 11112})), FREQUENT)


@pytest.fixture(scope="module")
def surveyed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Row, dict[str, Spent]]:
    """Survey the network once."""
    if reason := why_not() or ("" if shutil.which("nmap") else "needs nmap for its list of ports"):
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("sweep")
    with bed(PLAN) as place:
        row = ours(place, folder, network=NETWORK)
    return row, {s.kind: s for s in spent(folder / "ours", PLAN)}


def test_nothing_is_missed_and_nothing_made_up(surveyed: tuple[Row, dict[str, Spent]]) -> None:
    assert surveyed[0].found == PLAN.pairs


def test_the_network_got_what_the_ledger_says(surveyed: tuple[Row, dict[str, Spent]]) -> None:
    row, by_kind = surveyed
    assert row.packets == sum(s.packets for s in by_kind.values())
    assert row.syns == sum(s.first + s.again for s in by_kind.values())


@pytest.mark.parametrize(("kind", "most"), [
    ("answers", 1.02),  # a SYN for each port, a reset for each open one
    ("drops", 1.12),  # besides, the control with its reset along with 63 others, and the T1 ports twice
    ("rejects", 1.12),
    ("silent", 1.10),  # an echo, and few ports: nothing is asked again
])  # fmt: skip
def test_packets_for_each_port(surveyed: tuple[Row, dict[str, Spent]], kind: str, most: float) -> None:
    one = surveyed[1][kind]
    assert one.first >= (len(PORTS) if kind != "silent" else 1)
    assert one.packets / one.first <= most


def test_silent_hosts_get_few_ports_once(surveyed: tuple[Row, dict[str, Spent]]) -> None:
    silent = surveyed[1]["silent"]
    assert (silent.first, silent.again, silent.resets) == (
        3 * 21,
        0,
        0,
    )  # each the 20 T1 ports and the frequent one beside them
