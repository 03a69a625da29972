"""A lenient reader of X.509 certificates and names, for those that stricter libraries refuse.

Old devices show certificates with negative serials, odd dates, 512-bit keys or explicit curves. They are read here as
far as the survey needs them; signatures are not verified.
Source: ITU-T X.690 (DER), RFC 5280 §4.1 (fields), RFC 4514 §2 (text of names), read 2026-11-21.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from ipaddress import ip_address
from typing import Final

from scanners.tls.cursor import Cursor
from sekisho.errors import ParseError

_INTEGER, _BIT_STRING, _OCTETS, _OID = 0x02, 0x03, 0x04, 0x06
_SEQUENCE, _SET, _UTC_TIME, _GENERALIZED_TIME = 0x30, 0x31, 0x17, 0x18
_VERSION, _EXTENSIONS, _DNS_NAME, _IP_NAME = 0xA0, 0xA3, 0x82, 0x87
_BMP_STRING, _UTF8_STRING, _UNIVERSAL_STRING = 0x1E, 0x0C, 0x1C
_SUBJECT_ALT_NAME: Final = "2.5.29.17"
COMMON_NAME: Final = "2.5.4.3"
_ATTRIBUTES: Final = {
    "2.5.4.3": "CN", "2.5.4.5": "2.5.4.5", "2.5.4.6": "C", "2.5.4.7": "L", "2.5.4.8": "ST", "2.5.4.9": "STREET",
    "2.5.4.10": "O", "2.5.4.11": "OU", "0.9.2342.19200300.100.1.25": "DC", "0.9.2342.19200300.100.1.1": "UID",
}  # fmt: skip
_CURVE_BITS: Final = {
    "1.2.840.10045.3.1.1": 192, "1.2.840.10045.3.1.7": 256, "1.3.132.0.10": 256, "1.3.132.0.33": 224,
    "1.3.132.0.34": 384, "1.3.132.0.35": 521, "1.3.36.3.3.2.8.1.1.7": 256, "1.3.36.3.3.2.8.1.1.11": 384,
    "1.3.36.3.3.2.8.1.1.13": 512,
}  # fmt: skip
_KEY_KINDS: Final = {
    "1.2.840.113549.1.1.1": "rsa", "1.2.840.113549.1.1.10": "rsa", "2.5.8.1.1": "rsa", "1.2.840.10045.2.1": "ec",
    "1.2.840.10040.4.1": "dsa", "1.3.101.112": "ed25519", "1.3.101.113": "ed448",
}  # fmt: skip
_TIME_TAIL: Final = r"(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)?(?:[.,]\d+)?(Z|[+-]\d{4})?"
_TIMES: Final = {
    _UTC_TIME: re.compile(r"(\d\d)" + _TIME_TAIL, re.ASCII),
    _GENERALIZED_TIME: re.compile(r"(\d{4})" + _TIME_TAIL, re.ASCII),
}


@dataclass(frozen=True, slots=True)
class LooseCertificate:
    """Fields of a certificate as they stand in its DER. signature: OID; key_bits 0 where the size is not stated."""

    subject: str
    issuer: str
    common_name: str
    names: tuple[str, ...]
    not_before: datetime
    not_after: datetime
    key: str
    key_bits: int
    signature: str
    signature_parameters: bytes
    self_signed: bool


def read_certificate(der: bytes) -> LooseCertificate:
    """Read a certificate. Raises: ParseError when a field the survey needs is not there."""
    whole = _inside(Cursor(der), _SEQUENCE, "certificate")
    body = _inside(whole, _SEQUENCE, "to-be-signed part")
    tag, _ = _element(body)
    if tag == _VERSION:
        tag, _ = _element(body)
    if tag != _INTEGER:
        msg = f"serial number: got tag {tag:#x}, expected {_INTEGER:#x}"
        raise ParseError(msg)
    signature = _inside(body, _SEQUENCE, "signature algorithm")
    oid = _oid(signature)
    issuer = _expect(body, _SEQUENCE, "issuer")
    validity = _inside(body, _SEQUENCE, "validity")
    not_before, not_after = _time(*_element(validity)), _time(*_element(validity))
    subject = _expect(body, _SEQUENCE, "subject")
    kind, bits = _key(_inside(body, _SEQUENCE, "public key"))
    attributes = _attributes(subject)
    common = [value for name, value in attributes if name == COMMON_NAME]
    return LooseCertificate(
        _text(attributes), _text(_attributes(issuer)), common[-1] if common else "", _alt_names(body),
        not_before, not_after, kind, bits, oid, signature.rest(), issuer == subject,
    )  # fmt: skip


def name_text(der: bytes) -> str:
    """Give a distinguished name as RFC 4514 text, the most specific part first. Raises: ParseError."""
    return _text(_attributes(_expect(Cursor(der), _SEQUENCE, "distinguished name")))


def _element(cursor: Cursor) -> tuple[int, bytes]:
    """Take one element: tag and content. Raises: ParseError for multi-byte tags and indefinite lengths."""
    tag = cursor.number(1, "tag")
    size = cursor.number(1, "length")
    if size & 0x80:
        width = size & 0x7F
        if not 1 <= width <= 4:  # noqa: PLR2004 - 4 bytes of length are 4 GiB
            msg = f"DER length: got {width} bytes, expected 1 to 4"
            raise ParseError(msg)
        size = cursor.number(width, "length")
    return tag, cursor.take(size, f"element {tag:#x}")


def _expect(cursor: Cursor, wanted: int, what: str) -> bytes:
    """Take one element of a tag."""
    tag, content = _element(cursor)
    if tag != wanted:
        msg = f"{what}: got tag {tag:#x}, expected {wanted:#x}"
        raise ParseError(msg)
    return content


def _inside(cursor: Cursor, wanted: int, what: str) -> Cursor:
    """Take one element of a tag and step into it."""
    return Cursor(_expect(cursor, wanted, what))


def _oid(cursor: Cursor) -> str:
    """Take an object identifier in dotted form."""
    content = _expect(cursor, _OID, "object identifier")
    arcs, value = list[int](), 0
    for byte in content[:64]:
        value = value << 7 | byte & 0x7F
        if not byte & 0x80:
            arcs.append(value)
            value = 0
    if not arcs:
        msg = "object identifier: got none, expected at least one arc"
        raise ParseError(msg)
    first = min(arcs[0] // 40, 2)  # X.690 §8.19.4: the first two arcs share a number
    return ".".join(str(arc) for arc in (first, arcs[0] - 40 * first, *arcs[1:]))


def _attributes(content: bytes) -> list[tuple[str, str]]:
    """Read the attributes of a name in the order they stand: (OID, text)."""
    cursor, found = Cursor(content), list[tuple[str, str]]()
    while cursor.left:
        parts = _inside(cursor, _SET, "relative name")
        while parts.left:
            attribute = _inside(parts, _SEQUENCE, "attribute")
            found.append((_oid(attribute), _string(*_element(attribute))))
    return found


def _string(tag: int, content: bytes) -> str:
    """Decode a string of any type; devices write UTF-8 and Shift_JIS where they promise less."""
    if tag == _BMP_STRING:
        return content.decode("utf-16-be", "replace")
    if tag == _UNIVERSAL_STRING:
        return content.decode("utf-32-be", "replace")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("utf-8" if tag == _UTF8_STRING else "cp932", "replace")


def _text(attributes: list[tuple[str, str]]) -> str:
    """Write a name, most specific attribute first."""
    pairs = (f"{_ATTRIBUTES.get(oid, oid)}={_escaped(value)}" for oid, value in reversed(attributes))
    return ",".join(pairs)


def _escaped(value: str) -> str:
    """Escape a value as RFC 4514 §2.4 says."""
    text = re.sub(r'([,+"\\<>;])', r"\\\1", value).replace("\0", "\\00")
    if text[:1] in {"#", " "}:
        text = "\\" + text
    return f"{text[:-1]}\\ " if len(text) > 1 and text.endswith(" ") and text[-2] != "\\" else text


def _time(tag: int, content: bytes) -> datetime:
    """Read a UTCTime or GeneralizedTime; seconds and zone may be missing. Raises: ParseError."""
    form = _TIMES.get(tag)
    match = form.fullmatch(content.decode("latin-1").strip()) if form else None
    if match is None:
        msg = f"time: got {content[:32]!r}, expected YYMMDDHHMMSSZ or YYYYMMDDHHMMSSZ"
        raise ParseError(msg)
    year = int(match[1])
    if len(match[1]) == 2:  # noqa: PLR2004 - RFC 5280 §4.1.2.5.1: below 50 means 20YY
        year += 2000 if year < 50 else 1900  # noqa: PLR2004
    zone = match[7] or "Z"
    try:
        shift = timedelta() if zone == "Z" else timedelta(hours=int(zone[:3]), minutes=int(zone[0] + zone[3:]))
        numbers = [int(match[i] or 0) for i in range(2, 7)]
        return datetime(year, *numbers, tzinfo=timezone(shift)).astimezone(UTC)  # type: ignore[misc,arg-type]
    except (ValueError, OverflowError) as error:
        msg = f"time: got {content[:32]!r}: {error}"
        raise ParseError(msg) from error


def _key(cursor: Cursor) -> tuple[str, int]:
    """Read kind and size of a public key."""
    algorithm = _inside(cursor, _SEQUENCE, "key algorithm")
    kind = _KEY_KINDS.get(_oid(algorithm), "unknown")
    bits = _expect(cursor, _BIT_STRING, "public key")[1:]
    if kind == "rsa":
        return kind, _integer_bits(_inside(Cursor(bits), _SEQUENCE, "RSA key"))
    if kind == "dsa" and algorithm.left:
        return kind, _integer_bits(_inside(algorithm, _SEQUENCE, "DSA parameters"))
    if kind == "ec":
        tag, content = _element(algorithm)
        named = _oid(Cursor(bytes([_OID, len(content)]) + content)) if tag == _OID and len(content) < 64 else ""  # noqa: PLR2004
        return kind, _CURVE_BITS.get(named, 0)
    return kind, {"ed25519": 256, "ed448": 456}.get(kind, 0)


def _integer_bits(cursor: Cursor) -> int:
    """Take an integer and give its size in bits; a missing leading zero is forgiven."""
    return int.from_bytes(_expect(cursor, _INTEGER, "integer"), "big").bit_length()


def _alt_names(body: Cursor) -> tuple[str, ...]:
    """Read dNSName and iPAddress entries from what follows the public key; () where there is no such extension."""
    while body.left:
        tag, content = _element(body)
        if tag != _EXTENSIONS:
            continue
        extensions = _inside(Cursor(content), _SEQUENCE, "extensions")
        while extensions.left:
            extension = _inside(extensions, _SEQUENCE, "extension")
            if _oid(extension) != _SUBJECT_ALT_NAME:
                continue
            tag, value = _element(extension)
            if tag != _OCTETS:  # the critical flag stands in front
                value = _expect(extension, _OCTETS, "subject alternative name")
            return _general_names(_inside(Cursor(value), _SEQUENCE, "general names"))
    return ()


def _general_names(cursor: Cursor) -> tuple[str, ...]:
    """Read general names; those of other kinds are skipped."""
    found: list[str] = []
    while cursor.left:
        tag, content = _element(cursor)
        if tag == _DNS_NAME:
            found.append(content.decode("latin-1").lower())
        elif tag == _IP_NAME and len(content) in {4, 16}:
            found.append(str(ip_address(content)))
    return tuple(found)
