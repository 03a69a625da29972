import pytest

from checks.tls.client_certificate import client_certificate
from sekisho.model.facts import TlsClientAuth
from sekisho.registry import NoParams
from tests.unit.checks.seen import outcome, see


def auth(*, requested: bool | None, refused: bool | None = None, open_network: bool | None = True) -> TlsClientAuth:
    return TlsClientAuth(requested=requested, refused_without=refused, open_network=open_network)


@pytest.mark.parametrize(
    ("fact", "expected"),
    [
        (auth(requested=False), ("fail", "not_asked_for")),
        (auth(requested=True, refused=True), ("pass", "demanded")),
        (auth(requested=True, refused=False), ("unknown", "asked_not_enforced")),
        (auth(requested=True), ("unknown", "asked_not_enforced")),
        (auth(requested=None), ("unknown", "not_seen")),
        (auth(requested=False, open_network=None), ("unknown", "network_not_known")),
        (auth(requested=False, open_network=False), ("not_applicable", "not_on_open_network")),
    ],
)
def test_judges_the_demand(fact: TlsClientAuth, expected: tuple[str, str]) -> None:
    assert outcome(client_certificate, [see(fact)], NoParams()) == expected


def test_one_vantage_that_is_not_asked_is_enough() -> None:
    seen = [see(auth(requested=True, refused=True), id="a"), see(auth(requested=False), id="b")]
    assert outcome(client_certificate, seen, NoParams()) == ("fail", "not_asked_for")


def test_what_moves_to_tls_is_no_web_or_vpn_service() -> None:
    behind = TlsClientAuth(requested=False, open_network=True, behind="rdp")
    assert outcome(client_certificate, [see(behind)], NoParams()) is None
    assert outcome(client_certificate, [see(behind, id="a"), see(auth(requested=False), id="b")], NoParams()) == (
        "fail", "not_asked_for",
    )  # fmt: skip
