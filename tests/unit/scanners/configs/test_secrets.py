"""No secret of a configuration survives, and what is no secret does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.configs.secrets import MASK, Masker

CANARY = "K4naria-Sec9"
LINES = (
    f"login password {CANARY}",
    f"administrator password encrypted {CANARY}",
    f"login user maint {CANARY}",
    f"login user maint encrypted {CANARY}",
    f"ipsec ike pre-shared-key 1 text {CANARY}",
    f"pp auth myname isp@example.jp {CANARY}",
    f" pp auth username vendor {CANARY}",
    f"l2tp tunnel auth on {CANARY}",
    f"snmp community read-only {CANARY}",
    f"snmpv2c community read-write {CANARY}",
    f"snmp host 192.0.2.9 {CANARY}",
    f"snmpv2c trap host 192.0.2.9 trap {CANARY}",
    f"mail server smtp 1 mail.example.jp smtp-auth user {CANARY}",
    f"username admin privilege 15 secret 5 {CANARY}",
    f"username admin password 7 {CANARY}",
    f"username admin password plain {CANARY} administrator",
    f"enable secret 9 {CANARY}",
    f"enable password {CANARY}",
    f"snmp-server community {CANARY} RO 10",
    f" key-string 7 {CANARY}",
    f"tacacs-server key {CANARY}",
    f"radius-server host 192.0.2.9 key 7 {CANARY}",
    f"crypto isakmp key {CANARY} address 192.0.2.9",
    f" ikev1 pre-shared-key {CANARY}",
    f"ikev2 authentication psk id keyid hq key char {CANARY}",
    f"ike policy N peer 192.0.2.9 key {CANARY} default",
    f"    set passwd ENC {CANARY}",
    f'    set psksecret "{CANARY}"',
    f"    set password {CANARY}",
    f"set deviceconfig system snmp-setting access-setting version v2c snmp-community-string {CANARY}",
    f"set mgt-config users admin phash {CANARY}",
    f"set network ike gateway G authentication pre-shared-key key {CANARY}",
    f'set system root-authentication encrypted-password "{CANARY}"',
    f'set security ike policy P pre-shared-key ascii-text "{CANARY}"',
    f"set snmp community {CANARY} authorization read-only",
    f'            pre-shared-key ascii-text "{CANARY}"; ## SECRET-DATA',
    f"ntp authentication-key 1 md5 {CANARY}",
    f" ppp chap password 0 {CANARY}",
    f" ip ospf message-digest-key 1 md5 {CANARY}",
    f"wpa-psk ascii 0 {CANARY}",
    f"nm account hq password plain {CANARY}",
    f"ip ftp password {CANARY}",
    f"archive path ftp://backup:{CANARY}@192.0.2.9/",
    f"neighbor 192.0.2.9 password {CANARY}",
    f"snmpv3 usm user 1 admin sha {CANARY} aes128-cfb {CANARY}",
    f"snmpv3 usm user 1 admin group 2 sha {CANARY} aes128-cfb {CANARY}",
    f"ipsec ike eap myname 1 user {CANARY}",
    f"mail server smtp 1 mail.example.jp port=587 smtp-auth user {CANARY} cram-md5",
    f"mail server pop 1 mail.example.jp port=110 pop user {CANARY}",
    f"ip lan1 ospf area backbone authkey={CANARY}",
    f"ip lan1 ospf area backbone md5key=1,{CANARY}",
    f"ip lan1 vrrp 1 192.0.2.1 auth={CANARY}",
    f"mobile pin code usb1 {CANARY}",
    f"sip server 1 192.0.2.9 register udp sip:user@example.jp user {CANARY}",
    f"yno access code hospital {CANARY}",
    f"schedule at 1 */* 03:00 * login user maint {CANARY}",
    f"snmp-server user u g v3 auth sha {CANARY} priv aes 128 {CANARY}",
)
SHAPES = (
    "$1$abcd$ZyXwVuTsRqPoNmLkJiHgF/",
    "$9$nhEmhSrKMWx7dVs2goGjk.fz3CuRhSrlKMW",
    "AK1FLVvWNpq8Yq0b2p1xYdY9pJcQ0Nn8m3XlQvVY2yQkLk=",
    "AAAAB3NzaC1yc2EAAAADAQABAAABAQDH3yfK0v4yD2m8tJqLk1",
)


@pytest.mark.parametrize("line", LINES)
def test_announced_secrets_are_masked(line: str) -> None:
    masked = Masker(b"k" * 32).mask(line)
    assert CANARY not in masked
    assert MASK.search(masked)
    assert Masker(b"k" * 32).mask(masked) == masked, "what is masked stays"


@pytest.mark.parametrize("secret", SHAPES)
def test_what_looks_like_a_key_is_masked_wherever_it_stands(secret: str) -> None:
    masked = Masker(b"k" * 32).mask(f"some-new-command {secret} tail")
    assert secret[-20:] not in masked
    assert masked.startswith("some-new-command ‹secret:")
    assert masked.endswith("› tail")


def test_private_keys_go_whole() -> None:
    text = (
        f"set private-key\n-----BEGIN OPENSSH PRIVATE KEY-----\n{CANARY}\nxyz\n-----END OPENSSH PRIVATE KEY-----\nset x"
    )
    masked = Masker(b"k" * 32).mask(text)
    assert CANARY not in masked
    assert "xyz" not in masked
    assert masked.endswith("set x")


@pytest.mark.parametrize(
    "line",
    [
        "ip route default gateway pp 1",
        "interface GigabitEthernet0/0/0",
        " description 本社向け回線（保守ベンダー）",
        "sshd host lan1 192.0.2.1-192.0.2.9",
        "config system password-policy",
        "set mgt-config password-complexity minimum-length 12",
        "service password-encryption",
        "crypto isakmp policy 10",
        "ssh key-exchange group dh-group14-sha256",
        "set system services ssh protocol-version v2",
        "ipsec sa policy 101 1 esp aes256-cbc sha256-hmac",
        "snmp-server host 192.0.2.9 version 3",
        "access-list 101 permit tcp 192.0.2.0 0.0.0.255 host 198.51.100.7 eq 443",
        "ip filter 1020 reject 192.168.100.0/24 * * * *",
        "pp auth accept pap chap",
        "login password *",
    ],
)
def test_what_is_no_secret_stays(line: str) -> None:
    assert Masker(b"k" * 32).mask(line) == line


def test_equal_secrets_of_one_collection_show_and_of_two_do_not() -> None:
    first, second = Masker(b"a" * 32), Masker(b"b" * 32)
    one, other = first.mask(f"login password {CANARY}"), first.mask(f"enable secret 5 {CANARY}")
    assert MASK.search(one)["token"] == MASK.search(other)["token"]  # type: ignore[index]
    assert MASK.search(second.mask(f"login password {CANARY}"))["token"] not in one  # type: ignore[index]


@given(st.text(max_size=300))
def test_masking_is_total_and_keeps_the_lines(text: str) -> None:
    masked = Masker(b"k" * 32).mask(text)
    assert masked.count("\n") <= text.count("\n")
    assert Masker(b"k" * 32).mask(masked) == masked


@pytest.mark.parametrize("head", ["ip filter 1", "ipv6 filter 1", "ethernet filter 1", "ip policy filter 1"])
def test_what_a_filter_passes_is_no_secret(head: str) -> None:
    line = f"{head} pass 198.51.100.7 192.0.2.1 tcp * 22"
    assert Masker(b"k" * 32).mask(line) == line
