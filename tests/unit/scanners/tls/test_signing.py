"""Algorithms that sign handshakes: listed in depth signatures, told as far as they showed in the others."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanners.tls.asks import SIGNATURES, SIGNATURES_13, Ask
from scanners.tls.knowledge import NEWEST_FIRST, known
from scanners.tls.plan import Wish
from scanners.tls.signing import scheme_name, tls_signing
from scanners.tls.tries import Try, refusals
from sekisho.model.tls_facts import TlsSigning
from tests.unit.scanners.tls.simulated import Server, survey
from tests.unit.scanners.tls.test_plan import ALL_13, FIVE, RSA_12, V12, V13, allowed

RSA_SIGNS = (0x0804, 0x0401, 0x0805, 0x0501, 0x0806, 0x0601, 0x0201)
PSS = (0x0804, 0x0805, 0x0806)


def summed(tries: list[Try]) -> dict[str, TlsSigning]:
    proven = refusals(tries)
    found = [known(v, tries, proven, sni="") for v in NEWEST_FIRST]
    return {s.version: s for s in tls_signing([k for k in found if k.taken], proven, sni="")}


def server(old: tuple[int, ...] = RSA_SIGNS, new: tuple[int, ...] = PSS) -> Server:
    return Server({V13: ALL_13, V12: RSA_12}, FIVE, FIVE, signs={V12: old, V13: new})


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.sampled_from(RSA_SIGNS), min_size=1, unique=True),
    st.lists(st.sampled_from(PSS), min_size=1, unique=True),
)
def test_lists_exactly_what_signs_for_one_connection_each(old: list[int], new: list[int]) -> None:
    asked = server(tuple(old), tuple(new))
    tries = survey(asked, Wish("signatures"))
    found = summed(tries)
    assert set(found[V12].seen) == {scheme_name(c) for c in old}
    assert set(found[V13].seen) == {scheme_name(c) for c in new}
    assert found[V12].possible == found[V13].possible == ()
    assert len(tries) <= allowed(asked) + len(old) + 1 + len(new) + 1


@pytest.mark.parametrize("depth", ["quick", "full"])
def test_without_the_option_only_what_showed_is_told(depth: str) -> None:
    found = summed(survey(server(), Wish(depth)))
    assert found[V12].seen == (scheme_name(RSA_SIGNS[0]),)
    assert scheme_name(RSA_SIGNS[1]) in found[V12].possible
    assert set(found[V13].possible) <= {scheme_name(c) for c in SIGNATURES_13}


def test_an_old_version_leaves_no_choice_and_that_is_inferred() -> None:
    tries = survey(Server({"tls1.0": (0xC013, 0xC009, 0x002F)}, kinds=("rsa", "ec")), Wish("signatures"))
    assert summed(tries)["tls1.0"] == TlsSigning("tls1.0", (), (), ("rsa_pkcs1_md5_sha1", "ecdsa_sha1"))


def test_what_signs_nothing_has_no_list() -> None:
    assert summed(survey(Server({"tls1.0": (0x002F,), V12: (0x002F,)}), Wish("signatures"))) == {}


def test_a_server_that_hangs_up_keeps_its_list_open() -> None:
    asked = server()
    asked.refusal = "reset"
    found = summed(survey(asked, Wish("signatures")))
    assert set(found[V12].seen) == {scheme_name(c) for c in RSA_SIGNS}
    assert found[V12].possible


class Ignoring(Server):
    """Signs with SHA-256 whatever is on offer."""

    def answer(self, ask: Ask) -> Try:
        tried = super().answer(ask)
        if tried.flight.exchange is None:
            return tried
        exchange = replace(tried.flight.exchange, signature=0x0401)
        return replace(tried, flight=replace(tried.flight, exchange=exchange))


def test_a_server_that_ignores_the_list_is_asked_no_further() -> None:
    tries = survey(Ignoring({V12: RSA_12}, FIVE), Wish("signatures"))
    asked = [t for t in tries if t.offer.signatures and 0x0401 not in t.offer.signatures]
    assert len(asked) == 1
    found = summed(tries)[V12]
    assert found.seen == ("rsa_pkcs1_sha256",)
    assert len(found.possible) == len(SIGNATURES) - 1, "what it would sign with beside it is not known"
