"""Telling a mail or file service inside TLS from its first line. Pure and total.

Source: RFC 8314 (mail inside TLS), RFC 4217 §2 (FTP; implicit TLS is older practice), IANA service names, read
2026-11-21.
"""

from __future__ import annotations

from typing import Final

from scanners.greeting.parse import UNKNOWN, classify, is_enough
from scanners.greeting.text import printable
from sekisho.model.facts import Greeting

IN_CLEAR: Final = {465: 25, 990: 21, 993: 143, 995: 110}
"""Ports where TLS begins with the first byte (IANA submissions, ftps, imaps, pop3s) → the port of the same in clear."""
_NAMES: Final = {"smtp": "smtps", "ftp": "ftps", "imap": "imaps", "pop3": "pop3s"}


def is_whole(received: bytes, port: int) -> bool:
    """Tell whether waiting for more would tell nothing new."""
    return is_enough(received, IN_CLEAR.get(port, port))


def parse_greeting(received: bytes, port: int) -> Greeting:
    """Read the greeting; what is no mail or file service is `unknown`, whatever it would be in clear text."""
    protocol = classify(received, IN_CLEAR.get(port, port))
    return Greeting(_NAMES.get(protocol, UNKNOWN), printable(received), len(received))
