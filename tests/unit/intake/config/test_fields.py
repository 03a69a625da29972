from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import PydanticCustomError

from sekisho.intake.config import fields as f
from sekisho.messages import keys

KEY = "SHA256:" + "A" * 43


@pytest.mark.parametrize(
    ("read", "value", "expected"),
    [
        (f.network, "192.0.2.0/24", "192.0.2.0/24"),
        (f.network, "192.0.2.50", "192.0.2.50/32"),
        (f.network, "2001:DB8:1::/64", "2001:db8:1::/64"),
        (f.address, "2001:DB8::1", "2001:db8::1"),
        (f.transport_port, "TCP/22", "tcp/22"),
        (f.access_source, "vantage:management", "vantage:management"),
        (f.access_source, "192.0.2.10/32", "192.0.2.10/32"),
        (f.secret, "vault:snmp-ro", "vault:snmp-ro"),
        (f.secret, "env:SNMP_RO", "env:SNMP_RO"),
        (f.host_key, KEY + "=", KEY),
        (f.via, "ssh://surveyor@192.0.2.9:2222", "ssh://surveyor@192.0.2.9:2222"),
        (f.via, "netns:vendor", "netns:vendor"),
        (f.platform, "cisco_ios", "cisco_ios"),
        (f.client_name, "EHR.example.jp.", "ehr.example.jp"),
        (f.client_name, "病院.example.jp", "xn--0rys90e.example.jp"),
        (f.client_name, "192.0.2.20", "192.0.2.20"),
        (f.mac, "02-00-00-00-00-01", "02:00:00:00:00:01"),
        (f.tier, "t2", "T2"),
        (f.method, "active", "active"),
        (f.calendar_date, date(2026, 11, 1), "2026-11-01"),
        (f.calendar_date, "2026-11-01", "2026-11-01"),
        (f.calendar_date, "令和8年11月1日", "2026-11-01"),
        (f.timezone, "Asia/Tokyo", "Asia/Tokyo"),
        (f.document, "./documents//consent.pdf", "documents/consent.pdf"),
    ],
)
def test_accepted(read: Callable[[object], object], value: object, expected: str) -> None:
    assert str(read(value)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("192.0.2.20:443", ("192.0.2.20", 443)),
        ("[2001:db8::20]:443", ("2001:db8::20", 443)),
        ("2001:db8::20:443", ("2001:db8::20", 443)),
    ],
)
def test_endpoints(text: str, expected: tuple[str, int]) -> None:
    address, port = f.endpoint(text)
    assert (str(address), port) == expected
    assert f.watch_target(f"tcp/{text}").port == 443


@pytest.mark.parametrize(
    ("read", "value", "key"),
    [
        (f.network, "192.0.2.1/24", "network_bits"),
        (f.network, "192.0.2.0-192.0.2.9", "network"),
        (f.network, "224.0.0.0/24", "network_kind"),
        (f.network, "", "empty"),
        (f.network, 3, "text"),
        (f.address, "192.0.2.0/24", "address"),
        (f.address, "fe80::1%eth0", "address"),
        (f.port, 0, "port"),
        (f.port, 65536, "port"),
        (f.port, True, "port"),
        (f.port, "80", "port"),
        (f.transport_port, "22", "transport_port"),
        (f.transport_port, "tcp/70000", "transport_port"),
        (f.endpoint, "192.0.2.20", "endpoint"),
        (f.endpoint, "192.0.2.300:443", "endpoint"),
        (f.watch_target, "udp/192.0.2.20:443", "watch"),
        (f.access_source, "vantage:", "access_source"),
        (f.access_source, "anyone", "access_source"),
        (f.access_source, "192.0.2.1/24", "network_bits"),
        (f.secret, "public", "secret"),
        (f.secret, "vault:", "secret"),
        (f.secret, 5, "secret"),
        (f.host_key, "SHA256:short", "host_key"),
        (f.host_key, "MD5:aa", "host_key"),
        (f.via, "ssh://root:pw@192.0.2.9", "via"),
        (f.via, "telnet://192.0.2.9", "via"),
        (f.platform, "Yamaha RTX", "platform"),
        (f.client_name, "a b", "client_name"),
        (f.mac, "02:00", "mac"),
        (f.tier, "T9", "tier"),
        (f.method, "exploit", "method"),
        (f.calendar_date, "2026-11", "date"),
        (f.calendar_date, 20261101, "date"),
        (f.calendar_date, datetime(2026, 11, 1, tzinfo=UTC), "date"),
        (f.timezone, "Asia/Tokio", "timezone"),
        (f.timezone, "../etc/passwd", "timezone"),
        (f.hours, "always", "hours"),
    ],
)
def test_refused_with_a_message_of_its_own(read: Callable[[object], object], value: object, key: str) -> None:
    with pytest.raises(PydanticCustomError) as caught:
        read(value)
    assert caught.value.type == key
    assert f"intake.config.{key}" in keys("ja")


READERS = [
    *(f.network, f.address, f.transport_port, f.endpoint, f.watch_target, f.access_source, f.secret, f.host_key, f.via),
    *(f.platform, f.client_name, f.mac, f.tier, f.method, f.calendar_date, f.timezone, f.hours, f.document, f.port),
]


@given(st.sampled_from(READERS), st.text() | st.from_regex(r"[0-9a-f:./\[\]%]{1,30}") | st.integers() | st.none())
def test_total(read: Callable[[object], object], value: object) -> None:
    try:
        read(value)
    except PydanticCustomError as error:
        assert f"intake.config.{error.type}" in keys("en")  # noqa: PT017 - refusing is one of two right outcomes
