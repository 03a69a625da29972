from __future__ import annotations

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.nmap.arguments import NEVER, allowed, build_arguments

V4 = ip_address("192.0.2.9")


def test_the_arguments_are_exactly_these() -> None:
    assert " ".join(build_arguments(V4, (443, 22, 22))) == (
        "-n -Pn -sT -sV --max-parallelism 1 --version-intensity 2 -p 22,443 -oX - 192.0.2.9"
    )


def test_ipv6_is_named() -> None:
    assert build_arguments(ip_address("2001:db8::9"), (22,))[-2:] == ("-6", "2001:db8::9")


@pytest.mark.parametrize("port", [104, 2575, 2761, 2762, 11112, *range(9100, 9108)])
def test_a_forbidden_port_is_never_asked(port: int) -> None:
    assert port in NEVER
    assert allowed((22, port)) == (22,)
    with pytest.raises(ValueError, match="no port"):
        build_arguments(V4, (port,))


@given(st.frozensets(st.integers(1, 65535), min_size=1).filter(lambda ports: ports - NEVER))
def test_only_allowed_ports_are_listed(ports: frozenset[int]) -> None:
    arguments = build_arguments(V4, ports)
    listed = {int(p) for p in arguments[arguments.index("-p") + 1].split(",")}
    assert listed == ports - NEVER
