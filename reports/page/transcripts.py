"""Evidence made readable: every exchange with its time and direction, as text where it is text, else as hexadecimal.

Limits: the page shows the first bytes of each exchange and, in a large survey, leaves the content of the least urgent
evidence out; the digest and the path always stand there, and what is left out is said.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

from reports.citations import is_digest, link_to, path_of, short
from reports.edition import Edition
from reports.inert import visible
from reports.page.anchors import Anchors, Link, anchor_of
from reports.rows.restriction import vantage_name
from sekisho.model.transcript import Event, EventKind, Transcript

SHOWN_BYTES: Final = 2048
_SHOWN_EVENTS: Final = 80
_PAGE_BYTES: Final = 1_500_000
"""Shown bytes of all evidence together (five times that as hexadecimal): a small laptop still opens the page."""
_PER_LINE: Final = 16
_OUT: Final = frozenset(
    {
        EventKind.CONNECT,
        EventKind.SENT,
        EventKind.PLAIN_SENT,
        EventKind.DATAGRAM_SENT,
        EventKind.FRAME_SENT,
        EventKind.CLOSED,
    }
)
_HERE: Final = frozenset({EventKind.NOTE, EventKind.FILE, EventKind.TIMEOUT})


@dataclass(frozen=True, slots=True)
class EventView:
    """One exchange. direction: out | in | here. lines: its content, empty where there is none."""

    at: str
    direction: str
    kind: str
    where: str
    lines: tuple[str, ...]
    size: str


@dataclass(frozen=True, slots=True)
class EvidenceView:
    """One piece of evidence. remark: why nothing is shown, "" when it is. more: events left out."""

    anchor: str
    number: str
    digest: str
    title: str
    subject: Link
    path: str
    href: str
    remark: str
    masked: str
    events: tuple[EventView, ...]
    more: str
    claims: tuple[Link, ...]


def evidence_views(edition: Edition, anchors: Anchors) -> tuple[EvidenceView, ...]:
    """Give all cited evidence in the order of the claims, the most urgent first."""
    views: list[EvidenceView] = []
    spent = 0
    for evidence_id, claims in edition.citations.claims.items():
        transcript = edition.evidence.get(evidence_id)
        cost = (
            0 if transcript is None else sum(min(len(e.data), SHOWN_BYTES) for e in transcript.events[:_SHOWN_EVENTS])
        )
        brief = spent + cost > _PAGE_BYTES
        spent += 0 if brief else cost
        links = tuple(anchors.claim(c) for c in claims)
        if transcript is None:
            views.append(_without_transcript(edition, evidence_id, links))
        else:
            views.append(_Reader(edition, anchors).view(evidence_id, transcript, links, brief=brief))
    return tuple(views)


def _without_transcript(edition: Edition, evidence_id: str, claims: tuple[Link, ...]) -> EvidenceView:
    """Show a file that was handed in, or say that the content is not here."""
    words, document = edition.words, edition.citations.documents.get(evidence_id)
    known = is_digest(evidence_id)
    return EvidenceView(
        anchor=anchor_of(evidence_id),
        number=short(evidence_id),
        digest=visible(evidence_id),
        title=words("page.evidence_document") if document else words("none"),
        subject=Link("", ""),
        path=visible(document.path) if document else path_of(evidence_id) if known else "",
        href=link_to(evidence_id) if known and document is None else "",
        remark=words.name("document_role", document.role) if document else words("page.evidence_absent"),
        masked="",
        events=(),
        more="",
        claims=claims,
    )


@dataclass(frozen=True, slots=True)
class _Reader:
    """Prints transcripts."""

    edition: Edition
    anchors: Anchors

    def view(self, evidence_id: str, transcript: Transcript, claims: tuple[Link, ...], *, brief: bool) -> EvidenceView:
        """Show one transcript, or only its head."""
        edition, words = self.edition, self.edition.words
        shown = () if brief else transcript.events[:_SHOWN_EVENTS]
        left = 0 if brief else len(transcript.events) - len(shown)
        title = words(
            "page.started",
            scanner=words.name("scanner", transcript.scanner),
            vantage=vantage_name(edition, transcript.vantage),
            at=edition.time.at(transcript.started_at),
        )
        return EvidenceView(
            anchor=anchor_of(evidence_id),
            number=short(evidence_id),
            digest=visible(evidence_id),
            title=title,
            subject=Link(edition.names.subject(transcript.subject), self.anchors.subject(transcript.subject)),
            path=path_of(evidence_id),
            href=link_to(evidence_id) if is_digest(evidence_id) else "",
            remark=words("page.evidence_brief") if brief else "",
            masked=words("page.masked", what=words.join(transcript.masked)) if transcript.masked else "",
            events=tuple(self._event(e) for e in shown),
            more=words("page.events_more", count=left) if left > 0 else "",
            claims=claims,
        )

    def _event(self, event: Event) -> EventView:
        """Show one exchange."""
        words = self.edition.words
        where = words("page.connection", conn=event.conn) if event.port else ""
        return EventView(
            at=words("page.milliseconds", ms=event.at_ms),
            direction="here" if event.kind in _HERE else "out" if event.kind in _OUT else "in",
            kind=words.name("event", event.kind),
            where=where,
            lines=content(event.data, plain=event.kind is EventKind.NOTE),
            size=self._size(event.data),
        )

    def _size(self, data: bytes) -> str:
        """Say how much there is, how much is shown, and its digest."""
        if not data:
            return ""
        digest, key = hashlib.sha256(data).hexdigest(), "bytes_more" if len(data) > SHOWN_BYTES else "bytes_all"
        return self.edition.words(f"page.{key}", shown=SHOWN_BYTES, total=len(data), sha256=digest)


def content(data: bytes, *, plain: bool = False) -> tuple[str, ...]:
    """Give lines of text when the bytes are text, else a hexadecimal dump; at most SHOWN_BYTES of it."""
    head = data[:SHOWN_BYTES]
    text = head.decode("utf-8", "replace")
    if plain or _is_text(text):
        return tuple(visible(line) for line in text.splitlines(keepends=True))
    return tuple(_dump_line(head, at) for at in range(0, len(head), _PER_LINE))


def _is_text(text: str) -> bool:
    """Tell whether nearly everything can be read; a cut character at the end does no harm."""
    odd = sum(not (c.isprintable() or c in "\t\r\n") or c == "\ufffd" for c in text)
    return bool(text) and odd * 20 <= len(text) + 20


def _dump_line(data: bytes, at: int) -> str:
    """Print one line: offset, bytes, and what of them is ASCII."""
    part = data[at : at + _PER_LINE]
    readable = "".join(chr(b) if 0x20 <= b < 0x7F else "·" for b in part)  # noqa: PLR2004 - printable ASCII
    return f"{at:04x}  {part.hex(' '):<{_PER_LINE * 3 - 1}}  {readable}"
