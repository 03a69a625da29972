from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.greeting.mysql import is_whole, mysql_handshake, mysql_version
from sekisho.model.database_facts import MysqlHandshake
from tests.unit.scanners.golden import transcript
from tests.unit.scanners.strategies import damaged

WITH_TLS = transcript("greeting", "mariadb-tls").received()
WITHOUT = transcript("greeting", "mariadb").received()
OLD = (
    b"\x34\x00\x00\x00\x0a5.0.95\x00\x08\x00\x00\x00abcdefgh\x00\x2c\xa2\x08\x02\x00" + bytes(13) + b"ABCDEFGHIJKL\x00"
)


@pytest.mark.parametrize(
    ("raw", "offers_tls", "plugin"),
    [(WITH_TLS, True, "mysql_native_password"), (WITHOUT, False, "mysql_native_password"), (OLD, False, "")],
    ids=["tls", "without", "5.0"],
)
def test_reads_a_handshake(raw: bytes, offers_tls: bool, plugin: str) -> None:
    version = (mysql_version(raw) or b"").decode()
    assert is_whole(raw)
    assert mysql_handshake(raw) == MysqlHandshake(version, offers_tls, plugin)


@pytest.mark.parametrize("raw", [b"", WITH_TLS[:-1], OLD[:30], b"\x15\x03\x01\x00\x02\x02\x28", b"220 ready\r\n"])
def test_anything_else_is_none(raw: bytes) -> None:
    assert mysql_handshake(raw) is None


@pytest.mark.parametrize(
    ("version", "early"),
    [
        ("5.0.95", True),
        ("5.6.5-log", True),
        ("5.6.6", False),
        ("8.4.3", False),
        ("5.5.5-10.11.19-MariaDB-0+deb12u1", False),
        ("5.5.68-MariaDB", True),
        ("not a version", True),
    ],
)
def test_which_servers_shut_out_a_caller_early(version: str, early: bool) -> None:
    assert MysqlHandshake(version, offers_tls=True, plugin="").blocks_early is early


@given(st.one_of(st.binary(max_size=200), damaged([WITH_TLS, WITHOUT, OLD])))
def test_reading_is_total(raw: bytes) -> None:
    found = mysql_handshake(raw)
    assert found is None or found.version
