"""Draws a laid-out scene as SVG: presentation attributes only, so that no style sheet and no script is needed."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from reports.edition import Edition
from reports.overview.fit import fit, room
from reports.overview.layout import COLUMNS, WIDTH, Box, Layout, chip_box
from reports.overview.legend import legend
from reports.overview.paint import (
    COLUMN,
    EDGE,
    FONT,
    HEADING,
    INK,
    LEAD,
    PAPER,
    QUIET,
    SMALL,
    STROKES,
    STRONG,
    Stroke,
    Type,
)
from reports.overview.scene import Device, Party
from reports.register import Register
from reports.tones import TONES
from reports.worst import Worst

_NAMESPACE = ' xmlns="http://www.w3.org/2000/svg"'
"""Inside a page the parser knows it, and the page then holds no address at all."""
_TINY, _PAD, _LOW = 10.0, 10.0, 20.0


def draw(edition: Edition, layout: Layout, *, links: bool) -> str:
    """Give the picture. links: let a line's box lead to its row in the page."""
    words, figures = edition.words, edition.figures
    about = words(
        "overview.description",
        points=figures.points,
        undeclared=figures.undeclared,
        unseen=figures.unconfirmed,
        failed=figures.failed,
        undetermined=figures.undetermined,
        passed=figures.passed,
    )
    parts = [*_heads(edition, about), *_body(edition, layout, links=links)]
    marks, height = legend(edition, layout.body)
    for box, tone, label in marks:
        parts.append(tag(box, label, tone))
    parts.extend(_legend_lines(edition, layout.body))
    return "\n".join((*_open(edition, about, height, embedded=links), *parts, "</svg>"))


def _open(edition: Edition, about: str, height: float, *, embedded: bool) -> Iterator[str]:
    """Open the document and describe it for those who can't see it."""
    yield (
        f'<svg{"" if embedded else _NAMESPACE} viewBox="0 0 {WIDTH} {height:g}" width="{WIDTH}" height="{height:g}" '
        f'role="img" aria-labelledby="overview-title overview-about" lang="{edition.words.lang}" '
        f'font-family="{FONT}" fill="{INK}">'
    )
    yield f'<title id="overview-title">{escape(edition.words("overview.title"))}</title>'
    yield f'<desc id="overview-about">{escape(about)}</desc>'
    yield f'<rect x="0" y="0" width="{WIDTH}" height="{height:g}" fill="{PAPER}"/>'


def _heads(edition: Edition, about: str) -> Iterator[str]:
    """Draw title, numbers and column heads."""
    words = edition.words
    title = f"{words('overview.title')}　{edition.names.facility}"
    yield text(16, 26, fit(title, HEADING.size, WIDTH - 32), HEADING)
    yield text(16, 46, fit(about, LEAD.size, WIDTH - 32), LEAD)
    for (x, w), key in zip(COLUMNS, ("parties", "devices", "segments", "systems"), strict=True):
        yield text(x, 76, fit(words(f"overview.{key}"), COLUMN.size, w), COLUMN)
        yield f'<line x1="{x}" y1="82" x2="{x + w}" y2="82" stroke="{EDGE}" stroke-width="1"/>'


def _body(edition: Edition, layout: Layout, *, links: bool) -> Iterator[str]:
    """Draw all boxes and the lines between them."""
    words = edition.words
    for box, party in layout.parties:
        yield line(box.right, box.middle, COLUMNS[1][0], STROKES[party.state])
        yield _chip(edition, box, party.worst)
        drawn = _party(edition, box, party)
        yield f'<a href="#{escape(party.anchor)}">{drawn}</a>' if links and party.anchor else drawn
    plain = STROKES[Register.MATCHED]
    for box, device in layout.devices:
        yield line(box.right, box.middle, COLUMNS[2][0], plain)
        yield _device(edition, box, device)
    for box, band in layout.segments:
        yield frame(box, plain, ground="#f1f4f8")
        yield lines(box, (band.title, *band.lines))
    for box, system in layout.systems:
        tone = TONES[system.worst.severity or system.worst.verdict]
        yield line(COLUMNS[2][0] + COLUMNS[2][1], box.middle, box.x, plain)
        yield frame(box, Stroke(tone.ink, 1.4, ""), ground=tone.ground)
        yield lines(box, (system.title, f"{tone.sign} {system.subtitle}"), label=system.tag)
    if not layout.parties:
        yield text(16, 116, words("overview.no_points"), STRONG)
        yield text(16, 136, words("overview.no_points_detail"), QUIET)


def _party(edition: Edition, box: Box, party: Party) -> str:
    """Draw one outside party; what is in no register says so."""
    short = edition.words("register_short." + party.state)
    tone = "high" if party.state is Register.UNDECLARED else "unknown"
    whole = f"<title>{escape(party.title)} {escape(party.subtitle)}</title>"
    inside = lines(box, (party.title, party.subtitle), label=short, tone=tone)
    return f"<g>{whole}{frame(box, STROKES[party.state])}{inside}</g>"


def _device(edition: Edition, box: Box, device: Device) -> str:
    """Draw one terminal device."""
    label = edition.words("overview.device_undeclared") if device.undeclared else ""
    stroke = STROKES[Register.UNDECLARED if device.undeclared else Register.MATCHED]
    whole = f"<title>{escape(device.title)} {escape(device.subtitle)}</title>"
    return f"<g>{whole}{frame(box, stroke)}{lines(box, (device.title, device.subtitle), label=label)}</g>"


def _chip(edition: Edition, party: Box, worst: Worst) -> str:
    """Draw the worst judgement on the line."""
    words, key = edition.words, worst.severity or worst.verdict
    label = (
        words("chip.fail", severity=words.name("severity", worst.severity)) if worst.severity else words("chip." + key)
    )
    label = f"{TONES[key].sign} {label}"
    return tag(chip_box(party, min(room(label, SMALL.size) + 12, 150)), label, key)


def _legend_lines(edition: Edition, top: float) -> Iterator[str]:
    """Draw the line styles of the legend."""
    words = edition.words
    yield text(16, top + 16, words("overview.legend"), COLUMN)
    x = 96.0
    for state in (Register.MATCHED, Register.UNDECLARED, Register.UNSEEN, Register.REPORTED):
        label = words("register_legend." + state)
        yield line(x, top + 12, x + 44, STROKES[state])
        yield text(x + 52, top + 16, label, SMALL)
        x += 52 + room(label, SMALL.size) + 26
    yield text(16, top + 76, words("overview.legend_unjudged"), QUIET)


def frame(box: Box, stroke: Stroke, *, ground: str = PAPER) -> str:
    """Draw a box."""
    dashes = f' stroke-dasharray="{stroke.dashes}"' if stroke.dashes else ""
    return (
        f'<rect x="{box.x:g}" y="{box.y:g}" width="{box.w:g}" height="{box.h:g}" rx="5" fill="{ground}" '
        f'stroke="{stroke.colour}" stroke-width="{min(stroke.width, 2):g}"{dashes}/>'
    )


def lines(box: Box, texts: tuple[str, ...], *, label: str = "", tone: str = "high") -> str:
    """Write lines into a box around its middle: the first one big, a label at the right end of the last one."""
    shown = [t for t in texts if t]
    top = box.middle - (len(shown) - 1) * 8.5 + 4
    taken = room(label, _TINY) + 16 if label else 0.0
    out: list[str] = []
    for at, words in enumerate(shown):
        kind = STRONG if at == 0 else SMALL
        free = box.w - 2 * _PAD - (taken if at == len(shown) - 1 else 0)
        out.append(text(box.x + _PAD, top + at * 17, fit(words, kind.size, free), kind))
    if label:
        place = Box(
            box.right - 6 - room(label, _TINY) - 8, top + (len(shown) - 1) * 17 - 12, room(label, _TINY) + 8, 16
        )
        out.append(tag(place, label, tone))
    return "".join(out)


def tag(box: Box, label: str, tone: str) -> str:
    """Draw a small label with a tone."""
    paint = TONES[tone]
    kind = Type(_TINY if box.h < _LOW else SMALL.size, 600, paint.ink, centred=True)
    shown = fit(label, kind.size, box.w - 6)
    return (
        f'<rect class="label" x="{box.x:g}" y="{box.y:g}" width="{box.w:g}" height="{box.h:g}" rx="3" '
        f'fill="{paint.ground}" stroke="{paint.ink}" stroke-width="1"/>'
        + text(box.x + box.w / 2, box.middle + kind.size * 0.36, shown, kind)
    )


def line(x1: float, y: float, x2: float, stroke: Stroke) -> str:
    """Draw a horizontal line."""
    dashes = f' stroke-dasharray="{stroke.dashes}"' if stroke.dashes else ""
    return (
        f'<line x1="{x1:g}" y1="{y:g}" x2="{x2:g}" y2="{y:g}" stroke="{stroke.colour}" '
        f'stroke-width="{stroke.width:g}"{dashes}/>'
    )


def text(x: float, y: float, words: str, kind: Type) -> str:
    """Write one line of text."""
    anchor = ' text-anchor="middle"' if kind.centred else ""
    return (
        f'<text x="{x:g}" y="{y:g}" font-size="{kind.size:g}" font-weight="{kind.weight}" fill="{kind.colour}"{anchor}>'
        f"{escape(words)}</text>"
    )
