"""What an HTML page shows: title, visible text, whether it asks for a password. Pure, total, one pass."""

from __future__ import annotations

import html
import re
import string
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

_CODECS: Final = {
    "utf-8": "utf-8", "utf8": "utf-8", "shift_jis": "cp932", "shift-jis": "cp932", "sjis": "cp932", "x-sjis": "cp932",
    "windows-31j": "cp932", "ms932": "cp932", "cp932": "cp932", "euc-jp": "euc_jp", "x-euc-jp": "euc_jp",
    "eucjp": "euc_jp", "iso-2022-jp": "iso2022_jp", "utf-16": "utf-16", "utf-16le": "utf-16-le",
    "utf-16be": "utf-16-be", "iso-8859-1": "cp1252", "us-ascii": "utf-8", "windows-1252": "cp1252",
}  # fmt: skip
"""Declared names → Python codecs; Shift_JIS as Windows extends it, since that is what pages hold."""
_CHARSET: Final = re.compile(r"charset\s*=\s*[\"']?\s*([A-Za-z0-9_-]{1,20})", re.IGNORECASE)
_META: Final = re.compile(rb"(?i)<meta\b[^<>]{0,300}charset[^<>]{0,300}")
_TAG_NAME: Final = re.compile(r"/?[a-zA-Z][a-zA-Z0-9]{0,15}")
_PASSWORD: Final = re.compile(r"""\btype\s*=\s*["']?password\b""", re.IGNORECASE)
_UNSEEN: Final = frozenset({"script", "style", "template"})
_LOWER: Final = {ord(c): c.lower() for c in string.ascii_uppercase}  # str.lower() may change the length
_SCRIPT: Final = "(script)"
"""Stands where a tag's name does, for what is between the tags of a script; no tag can be called so."""
_OWN_PATH: Final = r"(/(?!/)[^\s\"'<>\\]{1,200})"
_ATTRIBUTE: Final = re.compile(
    rf"""\b(?:src|href|action|content)\s{{0,5}}=\s{{0,5}}["']?(?:\d{{1,4}}\s{{0,5}};\s{{0,5}}url=)?["']?{_OWN_PATH}""",
    re.IGNORECASE,
)
_LITERAL: Final = re.compile(rf"""["']{_OWN_PATH}["']""")
_REFRESH: Final = re.compile(r"""\bhttp-equiv\s{0,5}=\s{0,5}["']?refresh\b""", re.IGNORECASE)
_URL_OF_REFRESH: Final = re.compile(r"""\burl\s{0,5}=\s{0,5}["']?([^"'<>\s]{1,400})""", re.IGNORECASE)
_ICON: Final = re.compile(r"""\brel\s{0,5}=\s{0,5}["']?(?:shortcut )?icon\b""", re.IGNORECASE)
_HREF: Final = re.compile(
    r"""\bhref\s{0,5}=\s{0,5}(?:"([^"<>]{1,400})"|'([^'<>]{1,400})'|([^\s"'<>]{1,400}))""", re.IGNORECASE
)
_MOVES: Final = re.compile(
    r"""(?:^|[;{}\s.])location(?:\.href)?\s{0,5}(?:=|\.(?:replace|assign)\s{0,5}\()\s{0,5}["']([^"'<>\s]{1,400})["']""",
    re.IGNORECASE,
)
_FEW_WORDS: Final = 100
"""A page whose visible text is longer is there to be read: a script on it that moves on waits for somebody."""
_MOST_TEXT: Final = 2000
_MOST_TITLE: Final = 200
_MOST_CHARS: Final = 131072


@dataclass(frozen=True, slots=True)
class Page:
    """A page as a person would see it. text: at most 2,000 characters, spaces collapsed; title: at most 200.

    references: absolute paths on the same server that its links, forms, redirects and scripts name, one a line, each
    once, in their order, at most 2,000 characters. Addresses of other servers are left out: they tell of others.
    moves_to: address to which it sends a visitor at once, by a meta element or a plain script; icon: address of its
    icon; both as written, "" if none.
    """

    title: str = ""
    text: str = ""
    has_login_form: bool = False
    references: str = ""
    moves_to: str = ""
    icon: str = ""


def decode_page(body: bytes, content_type: str) -> str:
    """Decode a body: charset of the header, of a byte order mark, of a meta element, else what its bytes allow."""
    for codec in (*_declared(content_type), *_marked(body), *_in_meta(body)):
        return body.decode(codec, "replace")
    if b"\x1b$" in body or b"\x1b(" in body:
        return body.decode("iso2022_jp", "replace")
    for codec in ("utf-8", "cp932", "euc_jp"):
        try:
            return body.decode(codec)
        except UnicodeDecodeError:
            continue
    return body.decode("utf-8", "replace")


def read_page(markup: str) -> Page:
    """Read a page; markup that breaks off is read as far as it goes."""
    texts, title, open_title = list[str](), list[str](), False
    has_login_form = False
    references: dict[str, None] = {}
    moves, icons = _Moves(), list[str]()
    for tag, piece in _pieces(markup[:_MOST_CHARS]):
        if not tag:
            (title if open_title else texts).append(piece)
            continue
        if tag in {"title", "/title"}:
            open_title = tag == "title"
        elif tag == "input" and _PASSWORD.search(piece):
            has_login_form = True
        elif tag == "link" and _ICON.search(piece) and (named := _HREF.search(piece)):
            icons.append(next(filter(None, named.groups())))
        moves.look_at(tag, piece)
        pattern = _LITERAL if tag == _SCRIPT else _ATTRIBUTE
        references.update(dict.fromkeys(html.unescape(path) for path in pattern.findall(piece)))
    title_text, text = _collapsed(title, _MOST_TITLE), _collapsed(texts, _MOST_TEXT)
    is_passage = not has_login_form and len(text) <= _FEW_WORDS
    return Page(
        title_text, text, has_login_form, _whole_lines(references, _MOST_TEXT),
        moves_to=moves.by_element or (moves.by_script if is_passage else ""),
        icon=html.unescape(icons[0]) if icons else "",
    )  # fmt: skip


@dataclass(slots=True)
class _Moves:
    """Where a page sends its visitor: the first meta element and the first plain script that do."""

    by_element: str = ""
    by_script: str = ""

    def look_at(self, tag: str, piece: str) -> None:
        """Take in one tag or script."""
        if tag == "meta" and not self.by_element and _REFRESH.search(piece):
            named = _URL_OF_REFRESH.search(piece)
            self.by_element = html.unescape(named[1]) if named else ""
        elif tag == _SCRIPT and not self.by_script and (found := _MOVES.search(piece)):
            self.by_script = found[1]


def _declared(content_type: str) -> tuple[str, ...]:
    """Give the codec a Content-Type names, () if none we know."""
    match = _CHARSET.search(content_type)
    codec = _CODECS.get(match[1].lower()) if match else None
    return (codec,) if codec else ()


def _marked(body: bytes) -> tuple[str, ...]:
    """Give the codec of a byte order mark."""
    marks = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
    return tuple(codec for mark, codec in marks.items() if body.startswith(mark))


def _in_meta(body: bytes) -> tuple[str, ...]:
    """Give the codec that a meta element in the first 2,048 bytes names; never UTF-16, whose meta we couldn't read."""
    match = _META.search(body[:2048])
    codecs = _declared(match[0].decode("latin-1")) if match else ()
    return tuple("utf-8" if codec.startswith("utf-16") else codec for codec in codecs)


def _pieces(markup: str) -> Iterator[tuple[str, str]]:
    """Cut markup into text ("", text), tags (lower-case name, tag) and scripts; comments and styles are left out.

    One pass: whatever isn't closed ends the page, so that no page makes this slow.
    """
    at, folded = 0, markup.translate(_LOWER)
    while (start := markup.find("<", at)) >= 0:
        yield "", markup[at:start]
        if markup.startswith("<!--", start):
            at = _after(markup, "-->", start + 4)
            continue
        name = _TAG_NAME.match(markup, start + 1)
        if name is None and not markup.startswith(("<!", "<?"), start):
            yield "", "<"  # a lone sign, not a tag
            at = start + 1
            continue
        at = _after(markup, ">", start + 1)
        tag = name[0].lower() if name else "!"
        yield tag, markup[start:at]
        if tag in _UNSEEN:
            end = folded.find(f"</{tag}", at)
            if tag == "script":
                yield _SCRIPT, markup[at : end if end >= 0 else len(markup)]
            at = _after(markup, ">", end) if end >= 0 else len(markup)
    yield "", markup[at:]


def _after(markup: str, mark: str, start: int) -> int:
    """Give the place after a mark; the end if there is none."""
    place = markup.find(mark, start)
    return place + len(mark) if place >= 0 else len(markup)


def _collapsed(pieces: list[str], limit: int) -> str:
    """Join text, resolve references, collapse white space, cut."""
    text = " ".join(html.unescape(" ".join(pieces)).split())
    return "".join(c for c in text if c.isprintable())[:limit]


def _whole_lines(lines: Iterable[str], limit: int) -> str:
    """Join lines as long as they fit; none is cut."""
    kept, length = list[str](), 0
    for line in lines:
        shown = "".join(c for c in line if c.isprintable())
        if shown.startswith("//"):  # another server, hidden in a character reference
            continue
        length += len(shown) + 1
        if length > limit:
            break
        kept.append(shown)
    return "\n".join(kept)
