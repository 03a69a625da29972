"""Servers of ours take any bytes: what reads a client's words never fails in another way than it says."""

from __future__ import annotations

import contextlib
from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from lab.devices.cli.lines import Shell
from lab.devices.cli.params import CliParams
from lab.devices.cli.platform import PlatformName, read_platform
from lab.devices.cli.terminal import Terminal
from lab.devices.hl7.message import END, START, Hl7Error, acknowledge
from lab.devices.malformed.script import What
from lab.devices.malformed.snmp import malformed_answer
from lab.devices.ssl2.hello import SUITES, HelloError, parse_client_hello

PLATFORMS: tuple[PlatformName, ...] = get_args(PlatformName)
WHATS: tuple[What, ...] = get_args(What)
WORDS = st.sampled_from([b"show version", b"enable", b"lab-admin", b"exit", b"configure terminal", b"\r", b"q", b" "])


@given(st.sampled_from(PLATFORMS), st.lists(st.one_of(st.binary(max_size=20), WORDS), max_size=30), st.booleans())
def test_a_terminal_takes_any_keys_and_splits_make_no_difference(
    platform: PlatformName, parts: list[bytes], asks_login: bool
) -> None:
    def terminal() -> Terminal:
        params = CliParams.model_validate({"platform": platform, "page_lines": 3})
        shell = Shell(read_platform(platform), params, lambda _event, _line: None)
        return Terminal(shell, asks_login=asks_login, check_login=lambda user, _password: not user, page_lines=3)

    one, other = terminal(), terminal()
    assert one.open() == other.open()
    assert b"".join(one.receive(part) for part in parts) == other.receive(b"".join(parts))
    assert one.is_over == other.is_over


@given(st.binary(max_size=200))
def test_hl7_acknowledges_or_refuses(content: bytes) -> None:
    for block in (content, START + b"MSH" + content):
        with contextlib.suppress(Hl7Error):
            answer = acknowledge(block, "LIS", "LAB")
            assert answer.startswith(START + b"MSH")
            assert answer.endswith(END)


@given(st.binary(max_size=100))
def test_ssl2_hellos_are_read_or_refused(content: bytes) -> None:
    for body in (content, b"\x01\x00\x02" + content):
        with contextlib.suppress(HelloError):
            assert all(len(spec) == len(next(iter(SUITES.values()))) for spec in parse_client_hello(body))


@given(st.binary(max_size=100), st.sampled_from(WHATS))
def test_malformed_snmp_answers_or_stays_silent(received: bytes, what: What) -> None:
    answer = malformed_answer(received, what)
    assert answer is None or len(answer) < 65507
