"""From a transcript of one GET to facts. Pure and total."""

from __future__ import annotations

import hashlib
import re
from typing import Final

from scanners.http.api import read_api
from scanners.http.origin import Origin
from scanners.http.page import decode_page, read_page
from scanners.http.parse import Response, begun_status, parse_response
from scanners.ports.parse import connect_outcome
from scanners.tls.transport import TLS_FAILED
from sekisho.errors import ParseError
from sekisho.model.attempts import Outcome
from sekisho.model.facts import HttpAnswer
from sekisho.model.observations import Reading
from sekisho.model.service_facts import HttpBegun
from sekisho.model.subjects import endpoint_of
from sekisho.model.transcript import EventKind, Transcript

_KEPT_HEADERS: Final = ("server", "x-powered-by", "via", "www-authenticate", "location", "strict-transport-security")
_COOKIES: Final = "set-cookie"
_UNAUTHORIZED: Final = 401
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_SCHEME: Final = re.compile(r"\s*([A-Za-z][A-Za-z0-9-]{0,30})(?:\s|,|$)")
_REALM: Final = re.compile(r"""\brealm\s*=\s*(?:"((?:[^"\\]|\\.)*)"?|([^\s,"]+))""", re.IGNORECASE)
_MOST_VALUE: Final = 300
_ENDINGS: Final = {
    EventKind.TIMEOUT: Outcome.TIMEOUT,
    EventKind.PEER_CLOSED: Outcome.PROTOCOL_ERROR,
    EventKind.PEER_RESET: Outcome.PROTOCOL_ERROR,
}


def heard(transcript: Transcript) -> bytes:
    """Give what the service said in HTTP, inside TLS or not."""
    wanted = EventKind.PLAIN_RECEIVED if transcript.options.get("tls") else EventKind.RECEIVED
    return b"".join(e.data for e in transcript.events if e.kind is wanted)


def unheard(transcript: Transcript) -> Reading | None:
    """Say why nothing was heard; None where something was."""
    if not transcript.connections():
        return Reading(Outcome.NOT_TRIED)
    if heard(transcript):
        return None
    failed = next((note for note in transcript.notes() if note.startswith(TLS_FAILED)), transcript.cut_off())
    return Reading(_without_answer(transcript, has_failed=bool(failed)), detail=failed)


def read(transcript: Transcript) -> Reading:
    """Read a transcript of this scanner."""
    if (nothing := unheard(transcript)) is not None:
        return nothing
    data, is_tls = heard(transcript), bool(transcript.options.get("tls"))
    try:
        response = parse_response(data)
    except ParseError as error:
        return _half_read(transcript, begun_status(data), str(error), is_tls=is_tls)
    if (cut := transcript.cut_off()) and not response.is_complete:
        # half a page shows neither what it is nor what it is not, but that it speaks HTTP
        return _half_read(transcript, response.status, cut, is_tls=is_tls)
    path = str(transcript.options.get("path", "/"))
    answer, api = _answer(response, _origin(transcript, is_tls=is_tls), path), read_api(response)
    return Reading(Outcome.OK, tuple((transcript.subject, fact) for fact in (answer, api) if fact is not None))


def _origin(transcript: Transcript, *, is_tls: bool) -> Origin:
    """Give the server that was asked, under all names by which it is known."""
    endpoint = endpoint_of(transcript.subject)
    names = [str(n) for n in transcript.options.get("names", ())]
    address, port = (str(endpoint[0]), endpoint[2]) if endpoint else ("", 0)
    return Origin("https" if is_tls else "http", (address, *names), port)


def _half_read(transcript: Transcript, status: int | None, why: str, *, is_tls: bool) -> Reading:
    """Give what an unfinished response shows: the protocol, if a status line began it, and no page."""
    outcome = Outcome.TIMEOUT if transcript.cut_off() else Outcome.PROTOCOL_ERROR
    facts = () if status is None else ((transcript.subject, HttpBegun(status, is_tls)),)
    return Reading(outcome, facts, transcript.cut_off() or why)


def _without_answer(transcript: Transcript, *, has_failed: bool) -> Outcome:
    """Say how a connection ended that brought nothing."""
    connected = connect_outcome(transcript, transcript.connections()[0])
    if connected is not Outcome.OK:
        return connected
    kinds = frozenset(event.kind for event in transcript.events)
    otherwise = Outcome.PROTOCOL_ERROR if has_failed else Outcome.INTERRUPTED
    return next((outcome for kind, outcome in _ENDINGS.items() if kind in kinds), otherwise)


def _answer(response: Response, origin: Origin, path: str) -> HttpAnswer:
    """Turn a response into the fact."""
    is_redirect = response.status in _REDIRECTS
    page = read_page(decode_page(response.body, response.header("content-type")))
    challenge = _readable(response.header("www-authenticate")) if response.status == _UNAUTHORIZED else ""
    scheme = _SCHEME.match(challenge)
    return HttpAnswer(
        status=response.status,
        tls=origin.scheme == "https",
        server=_readable(response.header("server"))[:_MOST_VALUE],
        title=page.title,
        auth=scheme[1] if scheme else "",
        realm=_realm(challenge),
        location=_readable(response.header("location"))[:_MOST_VALUE],
        has_login_form=page.has_login_form,
        headers=_kept(response),
        body_sha256=hashlib.sha256(response.body).hexdigest(),
        text=page.text,
        references=page.references,
        path=path,
        leads_to=_elsewhere(origin, response.header("location") if is_redirect else page.moves_to, path),
        icon=origin.path_of(page.icon, path) if page.icon else "",
    )


def _elsewhere(origin: Origin, reference: str, path: str) -> str:
    """Give the path to which an answer sends its visitor, "" where that is no other page of this server."""
    target = origin.path_of(reference, path) if reference else ""
    return "" if target == path else target


def _kept(response: Response) -> tuple[tuple[str, str], ...]:
    """Give the headers that identify or protect, in their order; of an authentication only scheme and realm."""
    found: list[tuple[str, str]] = []
    for name, value in response.headers:
        if name == _COOKIES:
            found.append((name, value.partition(";")[0].partition("=")[0].strip()[:_MOST_VALUE]))
        elif name == "www-authenticate":
            readable = _readable(value)
            scheme, realm = _SCHEME.match(readable), _realm(readable)
            text = scheme[1] if scheme else ""
            found.append((name, f'{text} realm="{realm}"' if realm else text))
        elif name in _KEPT_HEADERS:
            found.append((name, _readable(value)[:_MOST_VALUE]))
    return tuple(found)


def _realm(challenge: str) -> str:
    """Give the realm of a challenge, "" if it has none."""
    match = _REALM.search(challenge)
    if match is None:
        return ""
    return re.sub(r"\\(.)", r"\1", match[1] if match[1] is not None else match[2])[:_MOST_VALUE]


def _readable(value: str) -> str:
    """Decode a header value as what it really is: devices put UTF-8 and Shift_JIS there (RFC 9110 §5.5: opaque)."""
    if value.isascii():
        return "".join(c for c in value if c.isprintable())
    raw = value.encode("latin-1", "replace")
    for codec in ("utf-8", "cp932"):
        try:
            text = raw.decode(codec)
        except UnicodeDecodeError:
            continue
        return "".join(c for c in text if c.isprintable())
    return "".join(c for c in value if c.isprintable())
