"""From a transcript of the second GET to facts: a page like the first one, or an icon. Pure and total.

Source: WHATWG MIME Sniffing Standard §6.1 (what images begin with), read 2026-11-21.
"""

from __future__ import annotations

from typing import Final

from scanners.http.parse import parse_response
from scanners.http.reading import heard
from scanners.http.reading import read as read_page
from sekisho.errors import ParseError
from sekisho.model.api_facts import HttpIcon
from sekisho.model.attempts import Outcome
from sekisho.model.icons import icon_hash
from sekisho.model.observations import Reading
from sekisho.model.transcript import Transcript

_OK: Final = 200
_IMAGES: Final = (b"\0\0\1\0", b"\x89PNG\r\n\x1a\n", b"GIF8", b"\xff\xd8\xff", b"BM", b"RIFF", b"<svg", b"<?xml")


def read(transcript: Transcript) -> Reading:
    """Read a transcript of this scanner."""
    reading = read_page(transcript)
    if not transcript.options.get("icon") or reading.outcome is not Outcome.OK:
        return reading
    icon = read_icon(heard(transcript))
    if icon is None:
        return Reading(Outcome.OK, (), "no icon there")
    return Reading(Outcome.OK, ((transcript.subject, HttpIcon(str(transcript.options.get("path", "")), icon)),))


def read_icon(data: bytes) -> str | None:
    """Give the MD5 of a whole image in a response, None where there is none; a page of excuses is no image."""
    try:
        response = parse_response(data)
    except ParseError:
        return None
    if response.status != _OK or not response.is_complete or not response.body.startswith(_IMAGES):
        return None
    return icon_hash(response.body)
