from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.ssh.algorithms import Params, algorithms
from sekisho.model.facts import SshOffer
from sekisho.model.verdicts import Severity
from sekisho.profile_files import read_profile
from sekisho.registry import make_params
from tests.unit.checks.seen import outcome, see


def policy() -> Params:
    extra = read_profile("checklists", "mhlw-hospital-r7.toml")["extra"]
    (given_,) = [c["params"] for e in extra for c in e["check"] if c["id"] == "ssh.algorithms"]
    params = make_params(Params, given_, where="test")
    assert isinstance(params, Params)
    return params


POLICY = policy()
GOOD = SshOffer(
    banner="SSH-2.0-OpenSSH_9.6p1",
    protocol="2.0",
    software="OpenSSH_9.6p1",
    kex=("curve25519-sha256", "diffie-hellman-group14-sha256", "kex-strict-s-v00@openssh.com"),
    host_keys=("rsa-sha2-512", "ssh-ed25519"),
    ciphers=("chacha20-poly1305@openssh.com", "aes256-gcm@openssh.com", "aes128-ctr"),
    macs=("hmac-sha2-256-etm@openssh.com", "hmac-sha1", "umac-64@openssh.com"),
    compressions=("none",),
)
WEAK = "diffie-hellman-group14-sha1"


@pytest.mark.parametrize(
    ("offer", "named"),
    [
        (replace(GOOD, kex=("curve25519-sha256", "diffie-hellman-group1-sha1")), "diffie-hellman-group1-sha1"),
        (replace(GOOD, kex=("gss-group1-sha1-toWM5Slw5Ew8Mqkay+al2g==",)), "gss-group1-sha1-toWM5Slw5Ew8Mqkay+al2g=="),
        (replace(GOOD, kex=(WEAK, "ext-info-s", "kex-strict-s-v00@openssh.com")), WEAK),
        (replace(GOOD, host_keys=("ssh-dss", "ssh-ed25519")), "ssh-dss"),
        (replace(GOOD, host_keys=("ssh-rsa",)), "ssh-rsa"),
        (replace(GOOD, ciphers=("aes128-ctr", "3des-cbc", "arcfour256")), "3des-cbc, arcfour256"),
        (replace(GOOD, ciphers=("aes128-cbc", "aes256-cbc")), "aes128-cbc, aes256-cbc"),
        (replace(GOOD, ciphers=("3des-cbc", "aes128-cbc")), "3des-cbc, aes128-cbc"),
        (replace(GOOD, ciphers=("none", "aes128-ctr")), "none"),
        (replace(GOOD, macs=("hmac-sha2-256", "hmac-md5-96", "hmac-sha1-96")), "hmac-md5-96, hmac-sha1-96"),
        (replace(GOOD, protocol="1.99"), "SSH 1.99"),
        (replace(GOOD, rsa_bits=1024), "RSA 1024 bit"),
    ],
)
def test_fails_and_names_what_is_unsound(offer: SshOffer, named: str) -> None:
    verdict = algorithms.judge([see(offer)], POLICY)
    assert verdict is not None
    assert (verdict.judgement.value, dict(verdict.values)["algorithms"]) == ("fail", named)


@pytest.mark.parametrize(
    "offer",
    [
        GOOD,
        replace(GOOD, kex=("curve25519-sha256", WEAK, "diffie-hellman-group-exchange-sha1")),
        replace(GOOD, host_keys=("ssh-rsa", "rsa-sha2-256")),
        replace(GOOD, ciphers=("aes128-ctr", "aes128-cbc")),
        replace(GOOD, macs=("hmac-sha1",)),
        replace(GOOD, rsa_bits=3072),
    ],
)
def test_passes_what_is_sound_or_has_something_better_beside_it(offer: SshOffer) -> None:
    assert outcome(algorithms, [see(offer)], POLICY) == ("pass", "sound")


def test_lists_that_were_not_read_are_unknown() -> None:
    offer = replace(GOOD, kex=(), host_keys=(), ciphers=(), macs=())
    assert outcome(algorithms, [see(offer)], POLICY) == ("unknown", "lists_not_read")


def test_ssh_1_fails_without_any_list_and_is_more_urgent() -> None:
    offer = replace(GOOD, protocol="1.5", kex=(), host_keys=(), ciphers=(), macs=())
    verdict = algorithms.judge([see(offer)], POLICY)
    assert verdict is not None
    assert (verdict.judgement.value, verdict.severity) == ("fail", Severity.HIGH)


def test_one_vantage_that_is_offered_a_weak_cipher_is_enough() -> None:
    seen = [see(GOOD, id="a"), see(replace(GOOD, ciphers=("arcfour",)), id="b", evidence="f" * 64)]
    verdict = algorithms.judge(seen, POLICY)
    assert verdict is not None
    assert (verdict.judgement.value, verdict.evidence) == ("fail", ("f" * 64,))


names = st.lists(st.text(st.characters(codec="ascii"), max_size=12), max_size=4).map(tuple)


@given(names, names, names, names)
def test_total_on_any_offer(
    kex: tuple[str, ...], keys: tuple[str, ...], ciphers: tuple[str, ...], macs: tuple[str, ...]
) -> None:
    offer = replace(GOOD, kex=kex, host_keys=keys, ciphers=ciphers, macs=macs)
    verdict = algorithms.judge([see(offer)], POLICY)
    assert verdict is not None
    if not all((kex, keys, ciphers, macs)):
        assert verdict.judgement.value != "pass"
