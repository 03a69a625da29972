"""Bytes of a device as text that a person can read. Total."""

from __future__ import annotations

from codecs import getincrementaldecoder
from typing import Final

_ENCODINGS: Final = ("utf-8", "cp932", "latin-1")
"""In the order tried: what current devices send, what Japanese devices of the 1990s and 2000s send, anything at all."""
_LONGEST: Final = 1000  # characters (model.facts.Greeting)


def printable(raw: bytes, *, longest: int = _LONGEST) -> str:
    """Decode as UTF-8, else CP932, else Latin-1; drop control characters but line feeds, and blanks at both ends."""
    text = next((t for e in _ENCODINGS if (t := _decode(raw, e)) is not None), "")
    kept = "".join(c if c.isprintable() or c == "\n" else "" for c in text.replace("\t", " "))
    return kept.strip()[:longest].rstrip()


def _decode(raw: bytes, encoding: str) -> str | None:
    """Decode, leaving out a last character that a limit cut in two; None for another encoding."""
    decoder = getincrementaldecoder(encoding)()
    try:
        text = decoder.decode(raw)
    except UnicodeDecodeError:
        return None
    is_cut = bool(decoder.getstate()[0])
    # half a character proves an encoding only beside whole ones: Latin-1 "café" ends like cut UTF-8
    return None if is_cut and text.isascii() else text
