"""The benchmark of endpoints: what peers print is read as it is meant, and the tables compare what is alike."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.benching.endpoints import installing, kept
from tools.benching.endpoints.cable import Cost
from tools.benching.endpoints.configurations import drawn
from tools.benching.endpoints.explained import explanation
from tools.benching.endpoints.facts import IKE_KINDS, KINDS, SSH_KINDS, Compared, compare, kinds_of
from tools.benching.endpoints.ike import IKE
from tools.benching.endpoints.kept import Measured
from tools.benching.endpoints.measuring import Asked
from tools.benching.endpoints.page import budget, page, walls
from tools.benching.endpoints.peers import IKE_SCAN

# printed by ike-scan 1.9.5 beside strongSwan 5.9.8: main mode, then aggressive mode, then version 2
HANDSHAKES = """Starting ike-scan 1.9.5 with 1 hosts (http://www.nta-monitor.com/tools/ike-scan/)
198.18.0.2\tMain Mode Handshake returned
\tHDR=(CKY-R=779ee9aa50175831)
\tSA=(Enc=3DES Hash=SHA1 Group=2:modp1024 Auth=PSK LifeType=Seconds LifeDuration=28800)
\tVID=09002689dfd6b712 (XAUTH)

Ending ike-scan 1.9.5: 1 hosts scanned in 0.023 seconds (42.57 hosts/sec).  1 returned handshake; 0 returned notify
Starting ike-scan 1.9.5 with 1 hosts (http://www.nta-monitor.com/tools/ike-scan/)
198.18.0.2\tNotify message 24 (AUTHENTICATION-FAILED)
\tHDR=(CKY-R=a6609237e2460481, msgid=4358c375)

Ending ike-scan 1.9.5: 1 hosts scanned in 0.015 seconds (65.59 hosts/sec).  0 returned handshake; 1 returned notify
Starting ike-scan 1.9.5 with 1 hosts (http://www.nta-monitor.com/tools/ike-scan/)
198.18.0.2\tIKEv2 SA_INIT Handshake returned
\tHDR=(CKY-R=0ae752ed9cc89f53, IKEv2)
\tSA=(Encr=3DES Integ=HMAC_SHA1_96 Prf=HMAC_SHA1 DH_Group=2:modp1024)
\tKeyExchange(132 bytes)
"""
TRUE = frozenset({("version", "tls1.2"), ("suite", "tls1.2", "A"), ("key", "rsa")})


def cost(seconds: float) -> Cost:
    return Cost(3, 20, 15, 2000, 3000, seconds, 0.1, ended=True)


def asked(tool: str, seconds: float, *, without: str = "") -> Asked:
    said = frozenset(f for f in TRUE if f[0] != without)
    return Asked(tool, "modern", compare(TRUE, said), KINDS, cost(seconds))


def test_what_ike_scan_prints_is_read() -> None:
    assert IKE_SCAN.read(HANDSHAKES) == {
        ("exchange", "main"), ("encryption", "1", "3des"), ("hash", "1", "sha1"), ("group", "1", "modp1024"),
        ("exchange", "init"), ("encryption", "2", "3des"), ("hash", "2", "sha1"), ("group", "2", "modp1024"),
    }  # fmt: skip


def test_a_refused_offer_is_no_fact() -> None:
    refused = "Starting ike-scan 1.9.5\n198.18.0.2\tNotify message 14 (NO_PROPOSAL_CHOSEN)\n"
    assert IKE_SCAN.read(refused) == frozenset()


@pytest.mark.parametrize("configured", IKE, ids=lambda c: c.name)
def test_the_truth_of_ike_names_every_part_of_every_version(configured: object) -> None:
    wanted = next(c for c in IKE if c is configured)
    truth = wanted.truth()
    assert {f[0] for f in truth} == set(IKE_KINDS)
    assert sum(f[0] == "exchange" for f in truth) == len(wanted.versions) + wanted.aggressive
    assert {f[1] for f in truth if f[0] == "group"} == {v[-1] for v in wanted.versions}


def test_why_ike_scan_misses_something() -> None:
    assert "refuses" in explanation("ike-scan", "misses", "exchange", "IKE, modern", ["init"])
    assert "one suite" in explanation("ike-scan", "misses", "encryption", "IKE, old", ["1 aes-cbc-128"])


def test_kinds_are_known_by_what_was_asked() -> None:
    assert kinds_of(("version", "suite")) is KINDS
    assert kinds_of(SSH_KINDS) is SSH_KINDS
    assert kinds_of(IKE_KINDS) is IKE_KINDS


def test_wall_time_is_held_against_who_finds_as_much() -> None:
    rows = [asked("sekisho, full", 1.0), asked("fast", 0.1, without="key"), asked("slow", 2.0)]
    assert walls(rows).splitlines()[-1] == "| modern | 1.00 (0.10) | slow, 2.00 (0.10) | 0.50 | fast, 0.10 | 1 of 3 |"


def test_nobody_may_find_as_much() -> None:
    rows = [asked("sekisho, full", 1.0), asked("fast", 0.1, without="key")]
    assert walls(rows).splitlines()[-1] == "| modern | 1.00 (0.10) | none | – | fast, 0.10 | 1 of 3 |"


def test_of_several_runs_the_least_time_counts_and_the_first_s_traffic() -> None:
    first, again = asked("sslyze", 2.0), Asked("sslyze", "modern", compare(TRUE, TRUE), KINDS, Cost(
        9, 9, 9, 9, 9, 1.5, 0.5, ended=True))  # fmt: skip
    least = first.least(again)
    assert (least.cost.seconds, least.cost.cpu_s, least.cost.connections) == (1.5, 0.5, 3)
    assert again.least(first) == again


def test_what_is_missing_is_named_by_its_package() -> None:
    assert installing.missing(lambda program: None if program in {"testssl", "go"} else f"/usr/bin/{program}") == (
        "testssl.sh", "golang-go",
    )  # fmt: skip
    assert installing.missing(lambda program: program) == ()


def test_a_run_is_read_as_it_was_kept_and_gives_the_same_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "FILE", tmp_path / "build" / "endpoints.json")
    row = Asked(
        "sslyze", "modern", Compared(TRUE, frozenset({("group", "x25519")}), frozenset()), KINDS, cost(1.0), 0.5
    )
    measured = Measured("2026-11-21: 2 cores", (asked("sekisho, full", 1.0), asked("sekisho, quick", 1.0), row), ())
    measured.keep()
    assert kept.read() == measured
    assert page(kept.read()) == page(measured)


def test_without_a_run_there_is_no_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "FILE", tmp_path / "endpoints.json")
    with pytest.raises(SystemExit):
        kept.read()


def test_who_goes_beyond_the_budget_is_named() -> None:
    wanted = next(drawn())
    many = tuple(
        Asked("sekisho, full", wanted.name, compare(wanted.truth(), wanted.truth()), KINDS, Cost(
            budget(wanted) + over, 9, 9, 9, 9, 1.0, 0.5, ended=True))
        for over in (0, 2)
    )  # fmt: skip
    kept_within, beyond = (Measured("today", (), (row,)) for row in many)
    assert "the budget: none." in page(kept_within)
    assert f"the budget: {wanted.name} by 2." in page(beyond)
