"""Our own source ports: a 4-tuple is not used again while our own rules still take its SYN for a repetition."""

from __future__ import annotations

from ipaddress import ip_address

from sekisho.gate.sockets import SOCKET_PORTS, SYN_ONCE_S, SourcePorts

HERE, THERE = (ip_address("192.0.2.1"), 443), (ip_address("2001:db8::1"), 443)


def test_one_endpoint_never_meets_a_port_twice_in_a_round() -> None:
    ports = SourcePorts(range(61000, 61004), lambda: 0.0)
    first = ports.take(HERE)
    for _ in range(3):
        ports.take(THERE)
    assert ports.take(HERE) != first, "the round is over, but the endpoint has seen that port"


def test_after_the_time_a_port_is_free_again() -> None:
    now = [0.0]
    ports = SourcePorts(range(61000, 61002), lambda: now[0])
    seen = {ports.take(HERE), ports.take(HERE)}
    now[0] = SYN_ONCE_S + 0.1
    assert {ports.take(HERE), ports.take(HERE)} == seen == {61000, 61001}
    assert len(ports._used) == 2, "what is over is forgotten"


def test_at_the_fastest_pace_every_connection_of_a_round_has_its_own_4_tuple() -> None:
    now = [0.0]
    ports = SourcePorts(SOCKET_PORTS, lambda: now[0])
    used: dict[tuple[int, object], float] = {}
    for n in range(20_000):  # 5,000 connections a second, as the lab's pace allows
        now[0] = n / 5000
        endpoint = (HERE[0], n % 50)
        port = ports.take(endpoint)
        assert now[0] - used.get((port, endpoint), -100.0) > SYN_ONCE_S
        used[port, endpoint] = now[0]
