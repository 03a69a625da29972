"""The one answer of an SSTP server to the request for a tunnel. Pure and total.

Source: MS-SSTP 2.2.1 (endless length), 3.2.4.1 and 3.3.5.1 (request and answer), read 2026-11-21.
"""

from __future__ import annotations

from typing import Final

from scanners.http.parse import parse_response
from scanners.http.reading import heard, unheard
from sekisho.errors import ParseError
from sekisho.model.attempts import Outcome
from sekisho.model.observations import Reading
from sekisho.model.transcript import Transcript
from sekisho.model.vpn_facts import Sstp

ENDLESS: Final = "18446744073709551615"  # ULONGLONG_MAX
_PATH: Final = "/sra_{BA195980-CD49-458b-9E23-C84EE0ADCD75}/"
_NOBODY: Final = "{00000000-0000-0000-0000-000000000000}"
"""Correlates the logs of both ends (2.2.1); ours has none."""
_OK: Final = 200
_LONGEST_NAME: Final = 100


def build_request(host: str) -> bytes:
    """Build the request with which a client begins; host: as the Host header has it."""
    return (
        f"SSTP_DUPLEX_POST {_PATH} HTTP/1.1\r\nHost: {host}\r\nSSTPCORRELATIONID: {_NOBODY}\r\n"
        f"Content-Length: {ENDLESS}\r\n\r\n"
    ).encode("ascii")


def is_whole(received: bytes) -> bool:
    """Tell whether nothing more of the answer is to come: its head, since what follows would be the tunnel."""
    return not received.startswith(b"HTTP/"[: len(received)]) or b"\r\n\r\n" in received


def parse_answer(received: bytes) -> Sstp | None:
    """Read the answer; None for the answer of a web server that has no SSTP. Raises: ParseError."""
    response = parse_response(received)
    if response.status != _OK or response.header("content-length") != ENDLESS:
        return None
    server = "".join(c for c in response.header("server") if c.isprintable())
    return Sstp(server[:_LONGEST_NAME])


def read(transcript: Transcript) -> Reading:
    """Read a transcript of this scanner."""
    if (nothing := unheard(transcript)) is not None:
        return nothing
    try:
        found = parse_answer(heard(transcript))
    except ParseError as error:
        return Reading(Outcome.PROTOCOL_ERROR, (), str(error))
    return Reading(Outcome.OK, ((transcript.subject, found),) if found else ())
