"""Jump hosts as an engagement names them."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from sekisho.model.jump_host import JumpHost, is_jump, jump_host


@pytest.mark.parametrize(
    ("via", "expected", "written"),
    [
        ("ssh://survey@192.0.2.9", JumpHost("survey", ip_address("192.0.2.9"), 22), "192.0.2.9:22"),
        ("ssh://a.b-c_d@192.0.2.9:2022", JumpHost("a.b-c_d", ip_address("192.0.2.9"), 2022), "192.0.2.9:2022"),
        ("ssh://root@[2001:db8::9]:22", JumpHost("root", ip_address("2001:db8::9"), 22), "[2001:db8::9]:22"),
    ],
)
def test_user_address_and_port_are_read(via: str, expected: JumpHost, written: str) -> None:
    assert jump_host(via) == expected
    assert str(jump_host(via)) == written


@pytest.mark.parametrize(
    ("via", "why"),
    [
        ("ssh://survey@jump.example.jp", "names are not looked up"),
        ("ssh://survey@localhost:22", "names are not looked up"),
        ("ssh://192.0.2.9", "expected"),
        ("ssh://survey:password@192.0.2.9", "expected"),
        ("ssh://survey@192.0.2.9:0", "does not exist"),
        ("ssh://survey@192.0.2.9:70000", "does not exist"),
        ("ssh://survey@192.0.2.9/path", "names are not looked up"),
        ("local", "expected"),
    ],
)
def test_anything_else_is_refused_without_repeating_it(via: str, why: str) -> None:
    with pytest.raises(ValueError, match=why) as caught:
        jump_host(via)
    assert "password" not in str(caught.value)


def test_other_vantages_are_no_jumps() -> None:
    assert [is_jump(v) for v in ("local", "netns:x", "ssh://u@192.0.2.9", "sensor:x")] == [False, False, True, False]
