"""Answers an HTTP request: bytes in, bytes out (RFC 9110, RFC 9112)."""

from __future__ import annotations

import mimetypes
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from email.utils import formatdate
from html import escape
from http import HTTPStatus
from pathlib import Path

from lab.devices.http.params import HttpParams, PageParams
from lab.devices.listening import Application

LONGEST_HEAD = 65536
HEAD_END = b"\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Page:
    """The one answer of a server."""

    head: bytes
    body: bytes


def build_page(params: HttpParams, root: Path) -> Page:
    """Make the answer of a server whose files are under `root`."""
    status = params.status or (401 if params.realm is not None else 200)
    content_type, body = page_body(params, root, fallback=f"{status} {_reason(status)}")
    headers = [] if params.server is None else [("Server", params.server)]
    if params.realm is not None:
        headers.append(("WWW-Authenticate", f'Basic realm="{params.realm}"'))
    return make_page(status, [*headers, *params.headers.items()], content_type, body)


def make_page(status: int, headers: Iterable[tuple[str, str]], content_type: str, body: bytes) -> Page:
    """Make an answer, with the headers that every answer has."""
    lines = [f"HTTP/1.1 {status} {_reason(status)}", f"Date: {formatdate(usegmt=True)}"]
    lines += [f"{name}: {value}" for name, value in headers]
    lines += [f"Content-Type: {content_type}", f"Content-Length: {len(body)}", "Connection: close"]
    return Page("\r\n".join(lines).encode() + HEAD_END, body)


def _reason(status: int) -> str:
    """Name a status, also one that nobody registered."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Status"


def page_body(params: PageParams, root: Path, *, fallback: str) -> tuple[str, bytes]:
    """Give type and content of the page.

    Takes: fallback: the title where neither a file nor a title is given.
    """
    if params.body is not None:
        file = root / params.body
        guessed = mimetypes.guess_type(file.name)[0] or "text/html"
        return f"{guessed}; charset=utf-8" if guessed.startswith("text/") else guessed, file.read_bytes()
    title = escape(params.title or fallback)
    page = f"<!DOCTYPE html>\n<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>\n"
    return "text/html; charset=utf-8", page.encode()


def answering(page: Page) -> Application:
    """Give the application of a server with one page."""
    return answering_by_path(lambda _path: page)


def answering_by_path(choose: Callable[[str], Page]) -> Application:
    """Give the application: received bytes → the answer, or None while the request's head isn't complete.

    Takes: choose: path without its query → the page.
    """

    def answer(received: bytes) -> bytes | None:
        if HEAD_END not in received and b"\n\n" not in received:
            return None if len(received) < LONGEST_HEAD else b"HTTP/1.1 431 Request Header Fields Too Large\r\n\r\n"
        words = received.split(b"\n", 1)[0].split()
        if len(words) != 3 or not words[2].startswith(b"HTTP/"):  # noqa: PLR2004 - RFC 9112, 3: three words
            return b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        page = choose(words[1].decode(errors="replace").partition("?")[0])
        return page.head if words[0] == b"HEAD" else page.head + page.body

    return answer
