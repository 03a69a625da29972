from dataclasses import replace

import pytest

from checks.vpn.crypto import Params, crypto
from sekisho.model.vpn_facts import IkeAnswer, VpnEndpoint
from tests.unit.checks.seen import outcome, see
from tests.unit.checks.vpn.endpoints import MAIN, POINT, REFUSED, SOUND, endpoint

PARAMS = Params(("des", "des-*", "3des", "null"), ("md5", "md5-*"), ("modp768", "modp1024", "modp1536"), ("pptp",))
AGGRESSIVE = replace(MAIN, exchange="aggressive", hash_bytes=20)


@pytest.mark.parametrize(
    ("offer", "named"),
    [
        (replace(SOUND, encryption=("3des", "aes-cbc-256")), "IKEv2 3des"),
        (replace(SOUND, encryption=("des-iv64",)), "IKEv2 des-iv64"),
        (replace(SOUND, prf=("md5",)), "IKEv2 md5"),
        (replace(SOUND, integrity=("md5-128",)), "IKEv2 md5-128"),
        (replace(SOUND, groups=("modp1024", "ecp384")), "IKEv2 modp1024"),
        (replace(MAIN, integrity=("md5",), groups=("modp1536",)), "IKEv1 md5, IKEv1 modp1536"),
        (AGGRESSIVE, "IKEv1 aggressive mode (PSK)"),
    ],
)
def test_one_broken_part_fails(offer: IkeAnswer, named: str) -> None:
    seen = [see(endpoint(SOUND, offer), subject=POINT)]
    assert outcome(crypto, seen, PARAMS) == ("fail", "broken")
    verdict = crypto.judge(seen, PARAMS)
    assert verdict is not None
    assert dict(verdict.values)["algorithms"] == named


def test_a_protocol_that_is_broken_as_a_whole_fails() -> None:
    point = VpnEndpoint(("K4",), ("l2tp", "pptp"), ())
    assert outcome(crypto, [see(point, subject=POINT)], PARAMS) == ("fail", "broken")


@pytest.mark.parametrize("offer", [SOUND, MAIN, replace(AGGRESSIVE, hash_bytes=0)])
def test_what_is_sound_from_outside_is_no_pass(offer: IkeAnswer) -> None:
    assert outcome(crypto, [see(endpoint(offer), subject=POINT)], PARAMS) == ("unknown", "sound_from_outside")


@pytest.mark.parametrize("point", [endpoint(), endpoint(REFUSED), endpoint(protocols=())])
def test_a_point_that_took_nothing_is_unknown(point: VpnEndpoint) -> None:
    assert outcome(crypto, [see(point, subject=POINT)], PARAMS) == ("unknown", "nothing_taken")


def test_the_proof_is_that_of_the_bad_observation() -> None:
    seen = [
        see(endpoint(SOUND), subject=POINT, id="a", evidence="a" * 64),
        see(endpoint(AGGRESSIVE), subject=POINT, id="b", evidence="b" * 64),
    ]
    verdict = crypto.judge(seen, PARAMS)
    assert verdict is not None
    assert verdict.evidence == ("b" * 64,)
