from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.http.origin import Origin

PORTAL = Origin("https", ("192.0.2.1", "VPN.example.jp"), 10443)
USUAL = Origin("http", ("2001:db8::1",), 80)


@pytest.mark.parametrize(
    ("origin", "reference", "base", "path"),
    [
        (PORTAL, "/remote/login?lang=ja", "/", "/remote/login?lang=ja"),
        (PORTAL, "remote/login#top", "/", "/remote/login"),
        (PORTAL, "../login.html", "/a/b/c.html", "/a/login.html"),
        (PORTAL, "https://192.0.2.1:10443/x", "/", "/x"),
        (PORTAL, "https://vpn.EXAMPLE.jp:10443", "/", "/"),
        (PORTAL, "https://192.0.2.1/x", "/", ""),
        (PORTAL, "http://192.0.2.1:10443/x", "/", ""),
        (PORTAL, "https://192.0.2.2:10443/x", "/", ""),
        (PORTAL, "//cdn.example.net/x", "/", ""),
        (PORTAL, "//host/x", "/", ""),
        (PORTAL, "https://host:8443/x", "/", ""),
        (PORTAL, "https://192.0.2.1:10443@cdn.example.net/x", "/", ""),
        (PORTAL, "/\\cdn.example.net/x", "/", ""),
        (PORTAL, "/x\r\nX-Sent: y", "/", ""),
        (PORTAL, "/login?user=a&password=******", "/", "/login?user=a"),
        (PORTAL, "javascript:alert(1)", "/", ""),
        (PORTAL, "/a b", "/", ""),
        (PORTAL, "/ログイン", "/", ""),
        (PORTAL, "/x" * 200, "/", ""),
        (PORTAL, "/login;jsessionid=******?a=1&sid=****", "/", "/login?a=1"),
        (PORTAL, "https://[::1", "/", ""),
        (PORTAL, "https://192.0.2.1:99999/", "/", ""),
        (USUAL, "http://[2001:DB8:0::1]/x", "/", "/x"),
        (USUAL, "http://[2001:db8::1]:80/x", "/", "/x"),
        (USUAL, "?page=login", "/cgi", "/cgi?page=login"),
    ],
)
def test_what_stands_on_the_same_server(origin: Origin, reference: str, base: str, path: str) -> None:
    assert origin.path_of(reference, base) == path


@given(st.text(max_size=60), st.sampled_from(["/", "/a/b"]))
def test_whatever_is_named_gives_a_path_that_can_be_sent_or_nothing(reference: str, base: str) -> None:
    path = PORTAL.path_of(reference, base)
    assert path == "" or (path.startswith("/") and path.isascii() and path.isprintable() and " " not in path)
