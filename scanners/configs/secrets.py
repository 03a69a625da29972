"""Takes secrets out of a configuration before anything of it is stored: each becomes `‹secret:KIND:TOKEN›`.

The token is a keyed hash under a key that the caller makes for one collection and forgets: equal secrets of one
collection have equal tokens, so that reuse still shows, and nobody can try words against them afterwards.
Rather too much than too little: the word behind one that announces a secret goes whatever it is, and so does anything
with the shape of a key, a hash or a private key wherever it stands.
Limits: a secret written where a name or a description belongs can't be told from one.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Final

_TOKEN_DIGITS: Final = 12  # 48 bits: no two of a hospital's secrets meet by chance
MASK: Final = re.compile(r"‹secret:(?P<kind>[a-z0-9-]+):(?P<token>[0-9a-f]{12})›")

_WORD: Final = re.compile(r'"(?:\\.|[^"\\])*"?|[^\s;"]+')
_PEM: Final = re.compile(r"-----BEGIN ([A-Z ]*PRIVATE KEY)-----.*?(?:-----END \1-----|\Z)", re.DOTALL)

_ANNOUNCES: Final = (
    ("password", re.compile(r"(.*-)?(password|passwd|passphrase|phash|secret|psksecret)|pass", re.IGNORECASE)),
    ("community", re.compile(r"(.*-)?community(-string|-name)?", re.IGNORECASE)),
    ("key", re.compile(r"(.*-)?(key|psk|key-string|keystring|key-hash|presharedkey)", re.IGNORECASE)),
)
"""A word like this stands before a secret; what may stand between them is in _BETWEEN."""

_BETWEEN: Final = re.compile(
    r"\d{1,5}|encrypted|enc|plain(-text)?|hash|text|char|ascii(-text)?|hex(adecimal)?|cleartext|read-only|read-write|ro|rw"
    r"|md5|sha\d*|hmac-\S+|cipher|key|value|name|local|remote|level|type|password|secret|generate|client|server|user",
    re.IGNORECASE,
)
_NO_SECRET: Final = re.compile(
    r"[*{}]|none|any|on|off|enabled?|disabled?|prompt|yes|no|exchange|chain|zeroize|policy|encryption|recovery|address"
    r"|min\S*|max\S*|length|expire\S*|age|aging|history|complexity|bits|modulus|rsa|dsa|ecdsa|usage-keys|general-keys"
    r"|string|config-key|permit|deny|\[",
    re.IGNORECASE,
)
"""What stands where a secret could, and is the rest of a command."""

_TEMPLATES: Final = tuple(
    (kind, tuple(template.split()))
    for kind, template in (
        ("password", "login user _ ?encrypted !"),
        ("password", "pp auth myname _ !"),
        ("password", "pp auth username _ !"),
        ("password", "wan auth myname _ !"),
        ("password", "mobile auth myname _ !"),
        ("password", "auth user _ _ !"),
        ("password", "l2tp tunnel auth on !"),
        ("password", "ipsec ike xauth myname _ _ !"),
        ("password", "mail server smtp _ _ smtp-auth _ !"),
        ("password", "mail server pop _ _ _ _ !"),
        ("community", "snmp host _ ! !"),
        ("community", "snmpv2c host _ ! !"),
        ("community", "snmp trap host _ ?trap ?inform !"),
        ("community", "snmpv2c trap host _ ?trap ?inform !"),
        ("community", "snmp-server host _ ?traps ?informs ?version ?1 ?2c ?3 ?auth ?noauth ?priv !"),
        ("password", "snmpv3 usm user _ _ group _ _ ! _ !"),
        ("password", "snmpv3 usm user _ _ _ ! _ !"),
        ("password", "ipsec ike eap myname _ _ !"),
        ("password", "mail server smtp _ _ _ smtp-auth _ !"),
        ("password", "mail server pop _ _ _ _ _ !"),
        ("password", "httpd proxy-access auth user _ !"),
        ("password", "mobile pin code _ !"),
        ("password", "sip server _ _ _ _ _ _ !"),
        ("password", "yno access code ! !"),
        ("password", "snmp-server user _ _ ?remote v3 ?encrypted auth _ ! priv ?des ?3des ?aes ?128 ?192 ?256 !"),
        ("password", "snmp-server user _ _ ?remote v3 ?encrypted auth _ !"),
        ("key", "sshd host key generate ?* !"),
        ("key", "ike policy _ peer _ key !"),
        ("key", "wpa-psk ?ascii ?hex ?0 ?7 !"),
    )
)
"""Commands whose secret no word announces: `_` any word, `?word` if it is there, `!` the secret if it is there."""

_SHAPES: Final = (
    ("hash", re.compile(r"\$(?:1|5|6|8|9|14|2[aby]?|sha\w*|pbkdf2\w*|scrypt)\$[^\s\";]{6,}")),
    ("hash", re.compile(r"(?<![\w$/+=-])(?:AK1|SH2|AKE)[A-Za-z0-9+/=]{30,}")),
    (
        "key",
        re.compile(
            r"(?<![\w/+=.:‹-])(?=[A-Za-z0-9+/]*\d)(?=[A-Za-z0-9+/]*[A-Za-z])[A-Za-z0-9+/]{40,}={0,2}(?![\w.:-])"
        ),
    ),
    ("key", re.compile(r"(?<=\bauthkey=)[^\s‹]+|(?<=\bmd5key=)[^\s‹]+|(?<=\bauth=)[^\s‹]+")),
    ("userinfo", re.compile(r"(?<=://)[^\s/@:\"‹]+:[^\s/@\"]+(?=@)")),
)
_ENCRYPTED: Final = frozenset({"encrypted", "enc", "hash", "5", "7", "8", "9"})


def without_tokens(masked: bytes) -> bytes:
    """Give masked bytes with all tokens blanked: what two collections of one file have in common."""
    return MASK.sub(lambda m: f"‹secret:{m['kind']}›", masked.decode("utf-8", "replace")).encode()


class Masker:
    """Masks the secrets of one collection. The key must be random, is kept by nobody else, and ends with the object."""

    def __init__(self, key: bytes) -> None:
        """Take the key: 32 random bytes."""
        self._key = key

    def mask(self, text: str) -> str:
        """Give the text with every secret replaced; what is masked already stays as it is."""
        text = _PEM.sub(lambda m: self._written("private-key", m[0]), text)
        return "\n".join(self._mask_line(line) for line in text.split("\n"))

    def _mask_line(self, line: str) -> str:
        """Mask one line: first what its words announce, then what has the shape of a secret."""
        spans = list(_WORD.finditer(line))
        secrets = dict(_announced([span[0] for span in spans]))
        for place in sorted(secrets, reverse=True):
            span = spans[place]
            if "‹" not in span[0]:
                line = line[: span.start()] + self._written(secrets[place], span[0].strip('"')) + line[span.end() :]
        for kind, shape in _SHAPES:
            line = shape.sub(partial(self._shaped, kind), line)
        return line

    def _shaped(self, kind: str, found: re.Match[str]) -> str:
        """Replace what has the shape of a secret."""
        return self._written(kind, found[0])

    def _written(self, kind: str, secret: str) -> str:
        """Write the stand-in of a secret."""
        digest = hmac.new(self._key, secret.encode("utf-8", "replace"), hashlib.sha256).hexdigest()
        return f"‹secret:{kind}:{digest[:_TOKEN_DIGITS]}›"


def _announced(words: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Give place and kind of the words of a line that are secrets by what stands before them."""
    begins = words.index("*") + 1 if words[:1] == ["schedule"] and "*" in words else 0  # then follows a command
    for kind, template in _TEMPLATES:
        for place in _match(template, [w.lower() for w in words[begins:]]):
            yield begins + place, kind
    for start, word in enumerate(words):
        if word == "pass" and "filter" in words[:start]:
            continue  # what a filter lets through, not a password
        kind = next((k for k, pattern in _ANNOUNCES if pattern.fullmatch(word.strip('"'))), "")
        place = start + 1
        while kind and place + 1 < len(words) and _BETWEEN.fullmatch(words[place]):
            place += 1
        if kind and place < len(words) and not _NO_SECRET.fullmatch(words[place]):
            is_encrypted = any(w.lower() in _ENCRYPTED for w in words[start + 1 : place])
            yield place, f"{kind}-encrypted" if is_encrypted else kind


def _match(template: Sequence[str], words: Sequence[str]) -> list[int]:
    """Give the places of the secrets in a line that begins like a template; none if it does not."""
    at = 0
    found: list[int] = []
    for part in template:
        if at == len(words):
            return found if part == "!" else []
        if part == "!":
            found.append(at)
        elif part == "?*":
            at = len(words) - 2
        elif part.startswith("?") and words[at] != part[1:]:
            continue
        elif not part.startswith(("_", "?")) and words[at] != part:
            return found
        at += 1
    return found
