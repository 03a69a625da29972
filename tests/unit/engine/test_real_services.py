"""The survey of one host with the shipped scanners, of lab devices that answer as real ones do."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

import pytest

import scanners
from lab.devices.authority import new_authority
from lab.devices.kind import Site
from lab.devices.registry import kinds
from sekisho.inventory.services import protocol_of
from sekisho.model.attempts import Outcome
from sekisho.model.facts import CertificateChain, FtpFeatures, Greeting, HttpAnswer, TlsVersions
from sekisho.model.subjects import service
from sekisho.model.transcript import EventKind, Transcript
from sekisho.model.windows_facts import RdpSecurity, SmbDialect
from sekisho.registry import discover_scanners
from tests.property.paces import lab
from tests.unit.engine.scanners import HOSTS, PATIENT, Ward, ward

pytestmark = pytest.mark.timeout(60)
SHIPPED = tuple(s for s in discover_scanners(scanners).values() if s.id not in {"hosts", "nmap"})
T = TypeVar("T")


@contextlib.asynccontextmanager
async def device(folder: Path, kind: str, params: Mapping[str, Any], *, port: int = 0) -> AsyncIterator[int]:
    """Serve a lab device on a free port of the patient's address, or on the one given."""
    with socket.socket() as free:
        free.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # connections of the test before may linger
        free.bind((str(PATIENT), port))
        chosen: int = free.getsockname()[1]
    (folder / kind).mkdir()
    site = Site("device", str(PATIENT), chosen, "tcp", folder, new_authority(folder / kind))
    entry = kinds()[kind]
    running = await entry.imitate(entry.params.model_validate(params), site)
    try:
        yield chosen
    finally:
        running.close()


async def surveyed(folder: Path, port: int) -> tuple[Ward, list[object]]:
    """Survey the one port; give everything that its evidence says when it is read again."""
    pace: Any = lab(t1_ports=(port,), t2_ports=(), read_timeout_s=1.0, budget=(None, None, None))
    room = ward(folder, (HOSTS, *SHIPPED), pace=pace)
    await room.survey()
    by_id = {s.id: s for s in SHIPPED}
    facts: list[object] = []
    for record in room.journal.recorded("run"):
        if record.attempt.subject == service(PATIENT, "tcp", port) and record.attempt.evidence:
            stored = Transcript.from_bytes(room.journal.evidence.get(record.attempt.evidence[0]))
            facts += [fact for _, fact in by_id[stored.scanner].read(stored).facts]
    return room, facts


def one(facts: list[object], kind: type[T]) -> T:
    (found,) = [f for f in facts if isinstance(f, kind)]
    return found


def asked(room: Ward, port: int) -> list[str]:
    """Give the scanners that looked at the service, in order."""
    return [s for s, subject, _ in room.attempts() if subject == service(PATIENT, "tcp", port)]


def stored(room: Ward, scanner: str) -> Transcript:
    """Give what the one job of a scanner left."""
    (record,) = [r for r in room.journal.recorded("run") if r.attempt.scanner == scanner]
    return Transcript.from_bytes(room.journal.evidence.get(record.attempt.evidence[0]))


@pytest.mark.parametrize(
    ("kind", "params", "order"),
    [
        ("smtp", {"starttls": {"versions": ["tls1.0", "tls1.2"]}}, ["greeting", "tls"]),
        ("ftp", {"auth_tls": {"versions": ["tls1.0", "tls1.2"]}}, ["greeting", "ftp", "tls"]),
    ],
)
async def test_the_tls_that_a_service_in_clear_moves_to_is_judged(
    tmp_path: Path, kind: str, params: Mapping[str, Any], order: list[str]
) -> None:
    async with device(tmp_path, kind, {"banner": f"x {kind.upper()} ready", **params}) as port:
        room, facts = await surveyed(tmp_path, port)
    versions = one(facts, TlsVersions)
    assert one(facts, Greeting).protocol == kind
    assert versions.accepted == {"tls1.0", "tls1.2"}
    assert versions.refused == {"ssl2", "ssl3", "tls1.1", "tls1.3"}
    assert one(facts, CertificateChain).chain[0].key_bits == 2048
    assert asked(room, port) == order
    room.close()


async def test_an_ftp_server_that_lists_no_tls_is_not_asked_for_it(tmp_path: Path) -> None:
    async with device(tmp_path, "ftp", {"features": ["SIZE"]}) as port:
        room, facts = await surveyed(tmp_path, port)
    assert one(facts, FtpFeatures).auth_tls is False
    assert asked(room, port) == ["greeting", "ftp"]
    room.close()


async def test_a_mail_server_without_tls_costs_one_connection(tmp_path: Path) -> None:
    async with device(tmp_path, "smtp", {}) as port:
        room, facts = await surveyed(tmp_path, port)
    assert not [f for f in facts if isinstance(f, TlsVersions)]
    assert ("tls", service(PATIENT, "tcp", port), Outcome.OK) in room.attempts()
    room.close()


@pytest.mark.parametrize(
    ("kind", "port", "params", "expected"),
    [
        ("rdp", 3389, {"security": ["credssp"]}, RdpSecurity("credssp", negotiates=True, code=5)),
        ("rdp", 3389, {"negotiates": False}, RdpSecurity("standard", negotiates=False, code=0)),
        ("smb", 445, {"signing_required": True}, SmbDialect("3.1.1", signing_required=True)),
        ("smb", 445, {"dialects": ["2.0.2"]}, SmbDialect("2.0.2", signing_required=False)),
    ],
)
async def test_windows_services_are_asked_once_and_identified(
    tmp_path: Path, kind: str, port: int, params: Mapping[str, Any], expected: object
) -> None:
    try:
        async with device(tmp_path, kind, params, port=port):
            room, facts = await surveyed(tmp_path, port)
    except PermissionError:
        pytest.skip("needs the right to listen below port 1024")
    assert expected in facts
    assert protocol_of(facts) == kind
    beside = {
        "tls",
        "ports",
    }  # the TLS that RDP moves to, on which this device is silent, and whether it is still there
    assert [s for s in asked(room, port) if s not in beside] == [kind]
    room.close()


@pytest.mark.parametrize(
    ("kind", "params", "order"),
    [
        ("portal", {"vendor": "sonicwall"}, ["tls", "http", "http-further"]),
        ("portal", {"vendor": "ivanti"}, ["tls", "http", "http-further"]),
        ("sstp", {}, ["tls", "http", "sstp"]),
        ("https", {"title": "病院案内"}, ["tls", "http"]),
        ("https", {"realm": "Restricted"}, ["tls", "http", "http-further"]),
    ],
)
async def test_a_web_service_gets_one_question_more_at_most(
    tmp_path: Path, kind: str, params: Mapping[str, Any], order: list[str]
) -> None:
    async with device(tmp_path, kind, params, port=8443):
        room, facts = await surveyed(tmp_path, 8443)
    assert asked(room, 8443) == order
    assert protocol_of(facts) == ("sstp" if kind == "sstp" else "https")
    for scanner in order[1:]:
        said = [e for e in stored(room, scanner).events if e.kind in {EventKind.CONNECT, EventKind.PLAIN_SENT}]
        assert [e.kind for e in said] == [EventKind.CONNECT, EventKind.PLAIN_SENT]
    room.close()


async def test_the_page_to_which_a_portal_leads_tells_its_version(tmp_path: Path) -> None:
    async with device(tmp_path, "portal", {"vendor": "sonicwall", "version": "10.2.1.13"}, port=8443):
        room, facts = await surveyed(tmp_path, 8443)
    paths = {page.path: page for page in facts if isinstance(page, HttpAnswer)}
    assert set(paths) == {"/", "/cgi-bin/welcome"}
    assert "10.2.1.13" in paths["/cgi-bin/welcome"].references
    room.close()
