from dataclasses import replace

import pytest

from checks.vpn.auth import auth
from sekisho.model.vpn_facts import VpnEndpoint
from sekisho.registry import NoParams
from tests.unit.checks.seen import outcome, see
from tests.unit.checks.vpn.endpoints import MAIN, POINT, SOUND, endpoint


@pytest.mark.parametrize("point", [endpoint(), endpoint(SOUND), VpnEndpoint(("K4",), (), ())])
def test_a_point_without_a_configuration_is_unknown(point: VpnEndpoint) -> None:
    assert outcome(auth, [see(point, subject=POINT)], NoParams()) == ("unknown", "no_config")


def test_what_was_seen_from_outside_is_said_and_no_verdict() -> None:
    seen = [see(endpoint(MAIN, replace(MAIN, auth=("psk", "xauth-psk"))), subject=POINT)]
    assert outcome(auth, seen, NoParams()) == ("unknown", "methods_seen")
    verdict = auth.judge(seen, NoParams())
    assert verdict is not None
    assert dict(verdict.values)["methods"] == "IKEv1 psk, IKEv1 xauth-psk"
