from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any

import asyncssh
import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.ssh.algorithms import Params, algorithms
from sekisho.model.ssh_facts import STRICT_KEX, SshDirection, SshOffer
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
LISTS = SshDirection(
    ciphers=("chacha20-poly1305@openssh.com", "aes256-gcm@openssh.com", "aes128-ctr"),
    macs=("hmac-sha2-256-etm@openssh.com", "hmac-sha2-512"),
    compressions=("none",),
)
GOOD = SshOffer(
    banner="SSH-2.0-OpenSSH_9.6p1",
    protocol="2.0",
    software="OpenSSH_9.6p1",
    kex=("curve25519-sha256", "diffie-hellman-group14-sha256", "kex-strict-s-v00@openssh.com"),
    host_keys=("rsa-sha2-512", "ssh-ed25519"),
    to_client=LISTS,
    to_server=LISTS,
)
WEAK = "diffie-hellman-group14-sha1"


def offering(**lists: Any) -> SshOffer:
    """GOOD with other lists; those of ciphers and MACs hold for both directions."""
    both = replace(LISTS, **{k: lists.pop(k) for k in ("ciphers", "macs") if k in lists})
    return replace(GOOD, to_client=both, to_server=both, **lists)


@pytest.mark.parametrize(
    ("offer", "named"),
    [
        (offering(kex=("curve25519-sha256", "diffie-hellman-group1-sha1")), "diffie-hellman-group1-sha1"),
        (offering(kex=("gss-group1-sha1-toWM5Slw5Ew8Mqkay+al2g==",)), "gss-group1-sha1-toWM5Slw5Ew8Mqkay+al2g=="),
        (offering(kex=(WEAK, "ext-info-s", "kex-strict-s-v00@openssh.com")), WEAK),
        (offering(host_keys=("ssh-dss", "ssh-ed25519")), "ssh-dss"),
        (offering(host_keys=("ssh-rsa",)), "ssh-rsa"),
        (offering(ciphers=("aes128-ctr", "3des-cbc", "arcfour256")), "3des-cbc, arcfour256"),
        (offering(ciphers=("aes128-cbc", "aes256-cbc")), "aes128-cbc, aes256-cbc"),
        (offering(ciphers=("3des-cbc", "aes128-cbc")), "3des-cbc, aes128-cbc"),
        (offering(ciphers=("none", "aes128-ctr")), "none"),
        (offering(macs=("hmac-sha2-256", "hmac-md5-96", "hmac-sha1-96")), "hmac-md5-96, hmac-sha1-96"),
        (
            offering(kex=("curve25519-sha256",), ciphers=("chacha20-poly1305@openssh.com",)),
            "chacha20-poly1305@openssh.com",
        ),
        (offering(protocol="1.99"), "SSH 1.99"),
        (offering(rsa_bits=1024), "RSA 1024 bit"),
    ],
)
def test_fails_and_names_what_is_unsound(offer: SshOffer, named: str) -> None:
    verdict = algorithms.judge([see(offer)], POLICY)
    assert verdict is not None
    assert (verdict.judgement.value, dict(verdict.values)["algorithms"]) == ("fail", named)


@pytest.mark.parametrize("offer", [GOOD, offering(rsa_bits=3072), offering(ciphers=("aes128-ctr",), kex=GOOD.kex[:1])])
def test_passes_what_is_sound(offer: SshOffer) -> None:
    assert outcome(algorithms, [see(offer)], POLICY) == ("pass", "sound")


CHACHA20 = "chacha20-poly1305@openssh.com"
ETM = "hmac-sha2-256-etm@openssh.com"
NOT_STRICT = {"kex": ("curve25519-sha256",)}


@pytest.mark.parametrize(
    ("offer", "noted"),
    [
        (
            offering(kex=(STRICT_KEX, "curve25519-sha256", WEAK, "diffie-hellman-group-exchange-sha1")),
            f"{WEAK}, diffie-hellman-group-exchange-sha1",
        ),
        (offering(host_keys=("ssh-rsa", "rsa-sha2-256")), "ssh-rsa"),
        (offering(ciphers=("aes128-ctr", "aes128-cbc")), "aes128-cbc"),
        (offering(macs=("hmac-sha1",)), "hmac-sha1"),
        (offering(macs=("umac-64@openssh.com", "umac-128@openssh.com")), "umac-64@openssh.com"),
        (offering(**NOT_STRICT), f"Terrapin (CVE-2023-48795): {CHACHA20}"),
        (
            offering(**NOT_STRICT, ciphers=("aes128-ctr", "aes128-cbc"), macs=(ETM, "hmac-sha1")),
            f"hmac-sha1, Terrapin (CVE-2023-48795): aes128-cbc + {ETM}",
        ),
        (offering(**NOT_STRICT, ciphers=("aes128-ctr", "aes128-cbc"), macs=("hmac-sha2-256",)), "aes128-cbc"),
    ],
)
def test_passes_and_names_what_has_something_better_beside_it(offer: SshOffer, noted: str) -> None:
    verdict = algorithms.judge([see(offer)], POLICY)
    assert verdict is not None
    assert (verdict.judgement.value, verdict.reason) == ("pass", "sound_noted")
    assert dict(verdict.values)["algorithms"] == noted


def test_terrapin_needs_cipher_and_mac_in_one_direction() -> None:
    cbc = SshDirection(("aes128-cbc", "aes128-ctr"), ("hmac-sha2-256",), ("none",))
    etm = SshDirection(("aes128-ctr",), (ETM,), ("none",))
    offer = replace(GOOD, kex=NOT_STRICT["kex"], to_client=cbc, to_server=etm)
    assert offer.open_to_terrapin == ()
    assert replace(offer, to_server=replace(cbc, macs=(ETM,))).open_to_terrapin == ("aes128-cbc", ETM)


@pytest.mark.parametrize(
    ("offer", "named"),
    [
        (offering(kex=("curve25519-sha256", "none@vendor", "ext-info-s")), "none@vendor"),
        (offering(host_keys=("ssh-ed25519", "foo")), "foo"),
        (offering(ciphers=("aes256-ctr", "xor8", "rc4-40", "xor8-cbc")), "xor8, rc4-40, xor8-cbc"),
        (offering(ciphers=("aes128-cbc", "foo")), "foo"),
        (offering(macs=("hmac-sha2-256", "null", "crc32")), "null, crc32"),
        (offering(kex=("ext-info-x", "curve25519-sha256")), "ext-info-x"),
        (offering(kex=("foo",), host_keys=("bar",), macs=("foo",)), "foo, bar"),
    ],
)
def test_names_that_no_list_knows_are_unknown_and_named(offer: SshOffer, named: str) -> None:
    verdict = algorithms.judge([see(offer)], POLICY)
    assert verdict is not None
    assert (verdict.judgement.value, verdict.reason) == ("unknown", "not_listed")
    assert dict(verdict.values)["algorithms"] == named


def test_what_is_bad_goes_before_what_is_unknown() -> None:
    offer = offering(ciphers=("arcfour", "xor8"))
    assert outcome(algorithms, [see(offer)], POLICY) == ("fail", "weak")


def test_signals_alone_are_no_key_exchange() -> None:
    offer = offering(kex=("ext-info-s", "kex-strict-s-v00@openssh.com"))
    assert outcome(algorithms, [see(offer)], POLICY) == ("unknown", "lists_not_read")


def test_one_look_with_unknown_names_is_enough() -> None:
    seen = [see(GOOD, id="a"), see(offering(macs=("hmac-sha2-256", "null")), id="b", evidence="f" * 64)]
    assert outcome(algorithms, seen, POLICY) == ("unknown", "not_listed")


def test_no_name_stands_on_two_lists() -> None:
    for part in ("kex", "host_keys", "ciphers", "macs"):
        lists = [getattr(POLICY, f"{part}_{rank}", ()) for rank in ("good", "noted", "weak", "broken")]
        names = [name for one in lists for name in one]
        assert len(names) == len(set(names))
        assert not [(n, p) for n in names for p in names if n != p and fnmatchcase(n, p)]


def test_all_that_a_widespread_library_offers_is_listed() -> None:
    offered = {
        "kex": [k for k in asyncssh.kex.get_kex_algs() if b"1.3.132" not in k and not k.startswith(b"gss-")],
        "ciphers": asyncssh.encryption.get_encryption_algs(),
        "macs": asyncssh.mac.get_mac_algs(),
    }
    for part, names in offered.items():
        known = [p for rank in ("good", "noted", "weak", "broken") for p in getattr(POLICY, f"{part}_{rank}", ())]
        assert not [n for n in names if not any(fnmatchcase(n.decode(), p) for p in known)]


def test_lists_that_were_not_read_are_unknown() -> None:
    offer = offering(kex=(), host_keys=(), ciphers=(), macs=())
    assert outcome(algorithms, [see(offer)], POLICY) == ("unknown", "lists_not_read")


def test_ssh_1_fails_without_any_list_and_is_more_urgent() -> None:
    offer = offering(protocol="1.5", kex=(), host_keys=(), ciphers=(), macs=())
    verdict = algorithms.judge([see(offer)], POLICY)
    assert verdict is not None
    assert (verdict.judgement.value, verdict.severity) == ("fail", Severity.HIGH)


def test_one_vantage_that_is_offered_a_weak_cipher_is_enough() -> None:
    seen = [see(GOOD, id="a"), see(offering(ciphers=("arcfour",)), id="b", evidence="f" * 64)]
    verdict = algorithms.judge(seen, POLICY)
    assert verdict is not None
    assert (verdict.judgement.value, verdict.evidence) == ("fail", ("f" * 64,))


names = st.lists(st.text(st.characters(codec="ascii"), max_size=12), max_size=4).map(tuple)


@given(names, names, names, names)
def test_total_on_any_offer(
    kex: tuple[str, ...], keys: tuple[str, ...], ciphers: tuple[str, ...], macs: tuple[str, ...]
) -> None:
    offer = offering(kex=kex, host_keys=keys, ciphers=ciphers, macs=macs)
    verdict = algorithms.judge([see(offer)], POLICY)
    assert verdict is not None
    assert verdict.judgement.value != "pass"  # no such name is on a list of good ones


@given(st.sampled_from(["kex", "host_keys", "ciphers", "macs"]), st.text(st.characters(codec="ascii"), max_size=12))
def test_one_more_name_never_makes_a_pass_of_less(part: str, name: str) -> None:
    more: dict[str, Any] = {part: (*getattr(GOOD, part), name)}
    offer = offering(**more)
    listed = [p for rank in ("good", "noted", "weak") for p in getattr(POLICY, f"{part}_{rank}", ())]
    verdict = algorithms.judge([see(offer)], POLICY)
    assert verdict is not None
    assert (
        verdict.judgement.value != "pass"
        or name in {"ext-info-s", "ext-info-c"}
        or any(fnmatchcase(name, p) for p in listed)
    )
