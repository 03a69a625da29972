"""An HTTP/1.x response from bytes to a value. Total: a value or ParseError.

Source: RFC 9110 §5, RFC 9112 §4, §6, §7.1 (chunked), read 2026-11-21.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from typing import Final

from sekisho.errors import ParseError

MOST_BYTES: Final = 65536
_STATUS: Final = re.compile(rb"HTTP/1\.\d (\d{3})(?: ([^\r\n]*))?\r?\n")
_BEGINNING: Final = re.compile(rb"HTTP/1\.\d (\d{3})(?=[ \r\n])")
_END_OF_HEAD: Final = re.compile(rb"\r?\n\r?\n")
_MOST_HEADERS: Final = 200
_NO_BODY: Final = frozenset({204, 304})
_CHUNK_SIZE: Final = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\r\n]*)?\r?\n")


@dataclass(frozen=True, slots=True)
class Response:
    """One final response. headers: (lower-case name, value as Latin-1) in order; body: decoded, as far as it came.

    is_complete: by its own account nothing is missing; false also where only the end of the connection would tell.
    """

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    is_complete: bool

    def header(self, name: str) -> str:
        """Give the first value of a header, "" if there is none."""
        return next((value for key, value in self.headers if key == name), "")


def begun_status(data: bytes) -> int | None:
    """Give the status with which a response begins, whatever comes of the rest; None where none begins."""
    start = _BEGINNING.match(data)
    return int(start[1]) if start else None


def parse_response(data: bytes) -> Response:
    """Read the first final response. Raises: ParseError when there is no whole status line with headers."""
    data = data[: 2 * MOST_BYTES]
    while True:
        status, headers, rest = _head(data)
        if status < 200:  # noqa: PLR2004 - interim responses come before the final one (RFC 9110 §15.2)
            data = rest
            continue
        body, is_complete = _body(status, dict(reversed(headers)), rest)
        return Response(status, headers, _decompressed(body, dict(reversed(headers))), is_complete)


def _head(data: bytes) -> tuple[int, tuple[tuple[str, str], ...], bytes]:
    """Read status line and headers; give them with what follows."""
    start = _STATUS.match(data)
    if start is None:
        msg = f"status line: got {data[:32]!r}, expected HTTP/1.x and a number"
        raise ParseError(msg)
    end = _END_OF_HEAD.search(data, start.end() - 2)
    if end is None:
        msg = f"headers: got {len(data)} bytes without an empty line"
        raise ParseError(msg)
    lines = re.sub(rb"\r?\n[ \t]+", b" ", data[start.end() : end.start()]).split(b"\n")
    headers: list[tuple[str, str]] = []
    for line in lines[:_MOST_HEADERS]:
        name, colon, value = line.partition(b":")
        if colon:
            headers.append((name.strip().decode("latin-1").lower(), value.strip().decode("latin-1")))
    return int(start[1]), tuple(headers), data[end.end() :]


def _body(status: int, headers: dict[str, str], rest: bytes) -> tuple[bytes, bool]:
    """Cut or put together the body (RFC 9112 §6.3)."""
    if status in _NO_BODY:
        return b"", True
    if "chunked" in headers.get("transfer-encoding", "").lower():
        return _chunked(rest)
    length = headers.get("content-length", "")
    if length.isascii() and length.isdigit() and len(length) < 12:  # noqa: PLR2004 - more digits are no size
        return rest[: int(length)], len(rest) >= int(length)
    return rest, False


def _chunked(rest: bytes) -> tuple[bytes, bool]:
    """Put chunks together as far as they came; a broken one ends the body."""
    at, body = 0, b""
    while (size := _CHUNK_SIZE.match(rest, at)) is not None and len(body) < MOST_BYTES:
        count = int(size[1], 16)
        if count == 0:
            return body, True
        body += rest[size.end() : size.end() + count]
        at = size.end() + count
        at += 2 if rest.startswith(b"\r\n", at) else 1 if rest.startswith(b"\n", at) else 0
    return body[:MOST_BYTES], False


def _decompressed(body: bytes, headers: dict[str, str]) -> bytes:
    """Undo gzip or deflate, which we never asked for; bounded, and what can't be undone stays as it is."""
    if headers.get("content-encoding", "").lower() not in {"gzip", "x-gzip", "deflate"}:
        return body
    try:
        return zlib.decompressobj(wbits=47).decompress(body, MOST_BYTES)  # 47: gzip or zlib header, whichever is there
    except zlib.error:
        return body
