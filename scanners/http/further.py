"""Which one question a web service is asked after its root page, if any (ADR 0035). Pure.

One connection is left only where none was spent on listening or on an offer of TLS. The best question for it, in this
order: the page to which the root page sends everybody; the version that a known interface tells everybody; whether it
is an SSTP server; the icon.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from sekisho.model.facts import HttpAnswer
from sekisho.model.services import ServiceView

PAGE, VERSION, SSTP, ICON = "page", "version", "sstp", "icon"
SSTP_PORT: Final = 443  # MS-SSTP 2.1
USUAL_ICON: Final = "/favicon.ico"  # what browsers ask for where the page names none
_TELL_VERSION: Final = {2375: 404, 2379: 404, 6443: 403}
"""Ports of Docker, etcd and Kubernetes (IANA; usual) → status with which their root answers a stranger."""
_SHUT: Final = frozenset({400, 401, 403, 404, 405, 501})
_WINDOWS: Final = "Microsoft-"
_SAYS_NOTHING: Final = re.compile(
    r"(?i)(?:\W|log ?-?[io]n|sign ?-?in|welcome|index|home|page|web|user|please|authentication|authorization|required|"
    r"restricted|area|secure|protected|unauthorized|ログイン|ログオン|認証|画面|ユーザー?|ようこそ|\d)*"
)
"""Titles and realms of pages that don't say whose they are."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked. kind: PAGE | VERSION | SSTP | ICON. path: for a GET."""

    kind: str
    path: str = ""


def further_question(view: ServiceView) -> Question | None:
    """Give the question that is left for a service whose root page was asked for, None for none."""
    if view.transport != "tcp" or view.protocol or _is_spent(view):
        return None
    if view.http is None:
        return Question(SSTP) if _may_end_sstp(view) and view.port == SSTP_PORT else None
    return _left_by(view, view.http)


def _is_spent(view: ServiceView) -> bool:
    """Tell whether a connection went into listening, or into an offer of TLS that wasn't taken."""
    return view.greeting is not None or (view.tls is not None and not view.tls.speaks_tls)


def _left_by(view: ServiceView, page: HttpAnswer) -> Question | None:
    """Give the question that a root page leaves."""
    if page.leads_to:
        return Question(PAGE, page.leads_to)
    if page.status == _TELL_VERSION.get(view.port):
        return Question(VERSION, "/version")
    if page.status in _SHUT and not page.auth and _may_end_sstp(view):
        return Question(SSTP)
    if (page.has_login_form or page.auth) and _SAYS_NOTHING.fullmatch(f"{page.title} {page.realm}"):
        return Question(ICON, page.icon or USUAL_ICON)
    return None


def _may_end_sstp(view: ServiceView) -> bool:
    """Tell whether an SSTP tunnel may end here: TLS, on a gateway or on Windows, or on a server that says no name."""
    if view.tls is None or not view.tls.speaks_tls:
        return False
    is_windows = _names_windows(view.http)
    return is_windows or (view.may_be_gateway and (view.http is None or not view.http.server))


def _names_windows(page: HttpAnswer | None) -> bool:
    """Tell whether the server names the HTTP of Windows, through which its SSTP goes."""
    return page is not None and page.server.startswith(_WINDOWS)
