"""The form in which the icon of a page is kept and compared, by scanners and rows of `profiles/fingerprints` alike."""

from __future__ import annotations

import hashlib


def icon_hash(data: bytes) -> str:
    """Give the hash of an icon's bytes, as lists of icons hold it.

    Takes: data: the body of the answer to a GET of the icon, whole and as sent, not empty.
    Gives: MD5 in lower-case hex.
    Raises: ValueError for no bytes: an icon that is not there must not be known by the hash of nothing.
    Limits: names what is known and proves nothing; MD5 is what such lists use and protects nothing here.
    """
    if not data:
        msg = "icon: got no bytes, expected a body"
        raise ValueError(msg)
    return hashlib.md5(data, usedforsecurity=False).hexdigest()
