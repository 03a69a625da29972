"""What a survey finds of real software inside TLS, from the wire to the report, by IPv4 and IPv6."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.integration.command import sekisho
from tests.integration.containers.conftest import SCENARIOS, brought_up

pytestmark = pytest.mark.containers
OPEN, GUARDED = ("198.18.6.1", "2001:db8:6::1"), ("198.18.6.2", "2001:db8:6::2")


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    with brought_up(SCENARIOS / "inside-tls", tmp_path_factory.mktemp("inside") / "work") as up:
        engagement = up.work / "engagement"
        assert sekisho("survey", engagement, "--close").code == 0
        assert sekisho("report", engagement).code == 0
        yield json.loads((engagement / "out" / "report.json").read_text(encoding="utf-8"))


def service(report: dict[str, Any], address: str, port: int) -> dict[str, Any]:
    (found,) = [s for s in report["services"] if s["id"] == f"service:{address}/tcp/{port}"]
    return dict(found)


@pytest.mark.parametrize("family", [0, 1], ids=["ipv4", "ipv6"])
def test_each_service_is_named_and_keeps_its_tls(report: dict[str, Any], family: int) -> None:
    expected = {
        (OPEN[family], 6379): ("redis", ["tls1.2"]), (OPEN[family], 465): ("smtps", ["tls1.2", "tls1.3"]),
        (GUARDED[family], 6379): ("redis", ["tls1.3"]), (GUARDED[family], 990): ("ftps", ["tls1.2", "tls1.3"]),
    }  # fmt: skip
    for (address, port), (protocol, versions) in expected.items():
        found = service(report, address, port)
        assert (found["protocol"], found["tls"]["versions"]) == (protocol, versions)


@pytest.mark.parametrize("family", [0, 1], ids=["ipv4", "ipv6"])
def test_the_greeting_inside_tells_the_product(report: dict[str, Any], family: int) -> None:
    assert service(report, OPEN[family], 465)["product"] == "Postfix"
    found = service(report, GUARDED[family], 990)
    assert (found["product"].lower(), found["version"]) == ("vsftpd", "3.0.3")


@pytest.mark.parametrize("family", [0, 1], ids=["ipv4", "ipv6"])
def test_whether_a_redis_inside_tls_demands_a_log_in_is_judged(report: dict[str, Any], family: int) -> None:
    verdicts = {f["subject"]: f["verdict"] for f in report["findings"] if f["topic"] == "service.unauthenticated"}
    assert verdicts[f"service:{OPEN[family]}/tcp/6379"] == "fail"
    assert verdicts[f"service:{GUARDED[family]}/tcp/6379"] == "pass"


def test_ftp_inside_tls_is_neither_legacy_nor_clear_text(report: dict[str, Any]) -> None:
    subjects = {f"service:{address}/tcp/990" for address in GUARDED}
    failed = {f["topic"] for f in report["findings"] if f["subject"] in subjects and f["verdict"] == "fail"}
    assert not failed & {"service.unneeded", "management.clear_text"}
