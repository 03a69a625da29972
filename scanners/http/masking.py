"""Blanks what must not be stored of an HTTP response: cookie values, credentials, tokens. Pure; keeps the length.

Bytes that are no HTTP response (a TLS stream, say) pass unchanged. Masking twice changes nothing more.
Limits: a token in running text or script isn't recognised; neither is a header value broken by a chunk boundary.
"""

from __future__ import annotations

import re
from typing import Final

_HEAD: Final = re.compile(rb"HTTP/\d\.\d \d{3}[^\n]*\n(?:[^\r\n][^\n]*(?:\n|$))*")
_COOKIE: Final = re.compile(rb"(?im)^(set-cookie2?[ \t]*:[ \t]*[^=;\r\n]*=)((?:[^;\r\n]|\r?\n[ \t])*)")
_BARE_COOKIE: Final = re.compile(rb"(?im)^(set-cookie2?[ \t]*:[ \t]*)([^=;\r\n]+)(?=[;\r\n]|\Z)")
_SECRET_HEADER: Final = re.compile(
    rb"(?im)^((?:(?:proxy-)?authorization|(?:proxy-)?authentication-info|cookie2?|x-[a-z-]*(?:token|key|session|secret)"
    rb"|x-amz-[a-z-]+|csrf-token)[ \t]*:[ \t]*)([^\r\n]*(?:\r?\n[ \t][^\r\n]*)*)"
)
_SESSION_IN_URL: Final = re.compile(
    rb"(?i)((?:jsessionid|phpsessid|aspsessionid[a-z]*|session_?id|sess?id|sid|token|ticket)=)([^;&?#\s\"'<>]+)"
)
_PASSWORD_IN_URL: Final = re.compile(rb"(?i)([?&;](?:pass(?:word|wd)?|pwd|secret|api_?key)=)([^;&?#\s\"'<>]+)")
_USER_IN_URL: Final = re.compile(rb"(?i)([a-z][a-z0-9+.-]{1,20}://[^\s/?#@:\"'<>]{0,200}:)([^\s/?#@\"'<>]{1,200})(?=@)")
_IN_URL: Final = (_SESSION_IN_URL, _PASSWORD_IN_URL, _USER_IN_URL)
_HIDDEN_TAG: Final = re.compile(rb"(?i)<input\b[^<>]{0,2000}?\btype\s*=\s*[\"']?(?:hidden|password)\b[^<>]{0,2000}")
_VALUE: Final = re.compile(rb"(?i)(\bvalue\s*=\s*)(\"[^\"\r\n<>]*|'[^'\r\n<>]*|[^\s\"'<>]+)")


def mask_response(data: bytes) -> bytes:
    """Blank secrets in the bytes of one connection's responses, byte for byte by stars.

    Set-Cookie keeps the name and the attributes; Authorization and its like lose the whole value; session ids and
    passwords in addresses and values of hidden and password fields on the page are blanked.
    """
    if not data.startswith(b"HTTP/"):
        return data
    at, parts = 0, list[bytes]()
    while match := _HEAD.match(data, at):  # an interim response (100, 103) may stand before the final one
        parts.append(_mask_head(match[0]))
        at = match.end()
        if not match[0].split(b" ", 2)[1].startswith(b"1"):
            break
        blank = 2 if data.startswith(b"\r\n", at) else 1 if data.startswith(b"\n", at) else 0
        parts.append(data[at : at + blank])
        at += blank
    body = data[at:]
    for pattern in _IN_URL:
        body = pattern.sub(_blank, body)
    parts.append(_HIDDEN_TAG.sub(lambda tag: _VALUE.sub(_blank_quoted, tag[0]), body))
    return b"".join(parts)


def _mask_head(head: bytes) -> bytes:
    """Blank secrets in a status line and its headers."""
    for pattern in (_COOKIE, _BARE_COOKIE, _SECRET_HEADER, *_IN_URL):
        head = pattern.sub(_blank, head)
    return head


def _blank(match: re.Match[bytes]) -> bytes:
    """Keep the first group, replace the second by stars; line ends stay, so that headers stay headers."""
    return match[1] + re.sub(rb"[^\r\n]", b"*", match[2])


def _blank_quoted(match: re.Match[bytes]) -> bytes:
    """As `_blank`, but keep an opening quotation mark."""
    quote = match[2][:1] if match[2][:1] in {b'"', b"'"} else b""
    return match[1] + quote + b"*" * (len(match[2]) - len(quote))
