"""Strings from the network or a register, made visible and harmless before any medium gets them.

Control characters become their picture (U+2400 block), so that a banner can neither hide text nor break a file;
direction and zero-width characters are spelled out, so that nothing reads differently from what it is.
Source: Unicode 15.0, chapters 22.7 (control pictures) and 23.2 (layout controls); Unicode TR 36, section 3.
"""

from __future__ import annotations

import re
from typing import Final

_PICTURES: Final = {code: 0x2400 + code for code in range(0x20)} | {0x7F: 0x2421}
_HIDDEN: Final = re.compile(
    "[\x80-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
_NO_CHARACTER: Final = re.compile("[\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")


def visible(text: str) -> str:
    """Give the text on one line with every invisible character shown; printable text comes back unchanged."""
    shown = _NO_CHARACTER.sub("\ufffd", text).translate(_PICTURES)
    return _HIDDEN.sub(lambda found: f"[U+{ord(found[0]):04X}]", shown)
