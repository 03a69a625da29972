"""Comparing words of a register with words of a device: width, case, versions, makers' names."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_VERSION: Final = re.compile(r"\d+(?:[._-]\d+)*")
_SEPARATORS: Final = re.compile(r"[._-]")
_SPACES: Final = re.compile(r"\s+")

_MAKERS: Final[dict[str, tuple[str, ...]]] = {
    "allied telesis": ("allied telesis", "alliedtelesis", "アライドテレシス", "centrecom"),
    "alaxala": ("alaxala", "アラクサラ"),
    "apresia": ("apresia", "アプレシア"),
    "aruba": ("aruba", "アルバ"),
    "buffalo": ("buffalo", "バッファロー", "メルコ"),
    "canon": ("canon", "キヤノン", "キャノン"),
    "cisco": ("cisco", "シスコ"),
    "citrix": ("citrix", "シトリックス"),
    "dell": ("dell", "デル"),
    "elecom": ("elecom", "エレコム"),
    "fortinet": ("fortinet", "フォーティネット", "fortigate"),
    "fujitsu": ("fujitsu", "富士通", "fsas", "エフサス"),
    "furukawa": ("furukawa", "古河電工", "古河電気工業", "fitelnet"),
    "hp": ("hp", "hpe", "hewlett", "ヒューレット"),
    "i-o data": ("i-o data", "io data", "iodata", "アイ・オー・データ", "アイオーデータ"),
    "ivanti": ("ivanti", "pulse secure"),
    "juniper": ("juniper", "ジュニパー"),
    "microsoft": ("microsoft", "マイクロソフト"),
    "mikrotik": ("mikrotik",),
    "nec": ("nec", "日本電気", "necプラットフォームズ", "aterm"),
    "netgear": ("netgear", "ネットギア"),
    "palo alto networks": ("palo alto", "paloalto", "パロアルト"),
    "ricoh": ("ricoh", "リコー"),
    "sonicwall": ("sonicwall", "ソニックウォール"),
    "sophos": ("sophos", "ソフォス"),
    "synology": ("synology",),
    "qnap": ("qnap",),
    "tp-link": ("tp-link", "tplink", "ティーピーリンク"),
    "watchguard": ("watchguard", "ウォッチガード"),
    "yamaha": ("yamaha", "ヤマハ"),
    "zyxel": ("zyxel", "ザイセル"),
}
"""Makers of network equipment under the names that Japanese registers use; spelling only, no judgement."""
_MAKER_OF: Final = {alias: maker for maker, aliases in _MAKERS.items() for alias in aliases}


def fold(text: str) -> str:
    """Fold width (NFKC), case and runs of white space."""
    return _SPACES.sub(" ", unicodedata.normalize("NFKC", text)).strip().casefold()


def maker(text: str) -> str:
    """Give the maker's one name; "" when the text names nobody we know (a dealer, for instance)."""
    folded = fold(text)
    if folded in _MAKER_OF:
        return _MAKER_OF[folded]
    found = {m for alias, m in _MAKER_OF.items() if _names(alias, folded)}
    return found.pop() if len(found) == 1 else ""


def _names(alias: str, folded: str) -> bool:
    """Tell whether a text holds a maker's name; Latin names as whole words only ("NEC" is not in "connect")."""
    if not alias.isascii():
        return alias in folded
    return re.search(rf"(?<![a-z0-9]){re.escape(alias)}(?![a-z0-9])", folded) is not None


def version_numbers(text: str) -> tuple[int, ...]:
    """Give the numbers of the first version in a text: "v6.0.7,build0302" → (6, 0, 7); () if there is none."""
    found = _VERSION.search(fold(text))
    return tuple(int(n) for n in _SEPARATORS.split(found.group())[:8]) if found else ()


def versions_agree(declared: str, observed: str) -> bool:
    """Tell whether two version texts can mean the same; the shorter one may leave out the rest (build numbers)."""
    one, other = version_numbers(declared), version_numbers(observed)
    if not one or not other:
        return fold(declared) == fold(observed)
    shorter = min(len(one), len(other))
    return one[:shorter] == other[:shorter]


def host_label(name: str) -> str:
    """Give the first label of a host name, folded."""
    return fold(name).split(".", 1)[0]
