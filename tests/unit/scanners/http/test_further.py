from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address
from typing import Any

import pytest

from scanners.http.further import ICON, PAGE, SSTP, VERSION, Question, further_question
from scanners.http_further.probe import SCANNER as FURTHER
from scanners.sstp.probe import SCANNER as TUNNEL
from sekisho.model.facts import Greeting, HttpAnswer, TlsVersions
from sekisho.model.services import ServiceView
from sekisho.model.tiers import Tier

PLAIN = HttpAnswer(200, False, "", "", "", "", "", False, (), "", "")
TLS = TlsVersions(frozenset({"tls1.2"}), frozenset(), frozenset())
NO_TLS = TlsVersions(frozenset(), frozenset(), frozenset({"tls1.2"}))


def view(port: int = 443, *, tls: bool = True, category: str = "network", **page: Any) -> ServiceView:
    given = ServiceView(ip_address("2001:db8::1"), "tcp", port, Tier.T2, category, tls=TLS if tls else None)
    return replace(given, http=replace(PLAIN, tls=tls, **page)) if page else given


@pytest.mark.parametrize(
    ("given", "question"),
    [
        (view(status=302, leads_to="/login"), Question(PAGE, "/login")),
        (view(80, tls=False, leads_to="/login"), Question(PAGE, "/login")),
        (view(2379, tls=False, status=404), Question(VERSION, "/version")),
        (view(2375, tls=False, status=404), Question(VERSION, "/version")),
        (view(6443, status=403, category="server"), Question(VERSION, "/version")),
        (view(8080, tls=False, status=404), None),
        (view(status=403), Question(SSTP)),
        (view(8443, status=404), Question(SSTP)),
        (view(status=404, category=""), Question(SSTP)),
        (view(status=404, category="server"), None),
        (view(status=404, category="server", server="Microsoft-HTTPAPI/2.0"), Question(SSTP)),
        (view(status=404, server="nginx"), None),
        (view(status=404, tls=False), None),
        (view(status=401, auth="Basic", realm="RT-500KI"), None),
        (view(), Question(SSTP)),
        (view(8443), None),
        (view(category="pc"), None),
        (view(has_login_form=True), Question(ICON, "/favicon.ico")),
        (view(has_login_form=True, title="Login", icon="/i/logo.png"), Question(ICON, "/i/logo.png")),
        (view(has_login_form=True, title="ログイン画面"), Question(ICON, "/favicon.ico")),
        (view(has_login_form=True, title="RTX1210 かんたん設定"), None),
        (view(80, tls=False, status=401, auth="Basic", realm="Restricted Area"), Question(ICON, "/favicon.ico")),
        (view(title="ようこそ"), None),
        (view(status=500), None),
    ],
)
def test_one_question_is_left(given: ServiceView, question: Question | None) -> None:
    assert further_question(given) == question
    assert FURTHER.applies(given) is (question is not None and question.kind != SSTP)
    assert TUNNEL.applies(given) is (question == Question(SSTP))


@pytest.mark.parametrize(
    "spent",
    [
        {"greeting": Greeting("silent", "", 0)}, {"tls": NO_TLS}, {"transport": "udp"}, {"protocol": "vnc"},
    ],
)  # fmt: skip
def test_nothing_is_asked_where_the_second_connection_is_spent(spent: dict[str, Any]) -> None:
    assert further_question(replace(view(8443, leads_to="/login"), **spent)) is None


def test_below_t2_nothing_is_asked() -> None:
    for given in (view(leads_to="/login"), view(status=404)):
        assert not FURTHER.applies(replace(given, tier=Tier.T1))
        assert not TUNNEL.applies(replace(given, tier=Tier.T1))


def test_the_job_knows_what_to_ask_and_how() -> None:
    assert FURTHER.options(view(has_login_form=True)) == {"path": "/favicon.ico", "icon": True, "tls": True}
    assert FURTHER.options(view(80, tls=False, leads_to="/a")) == {"path": "/a", "icon": False, "tls": False}
