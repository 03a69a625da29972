"""LDAP: our search of the root DSE, what a server answers, and the request for TLS. Pure and total.

Source: RFC 4511 §4.1 (messages), §4.5 (search), §4.12 and §4.14 (StartTLS); RFC 4512 §5.1 (root DSE); RFC 3045 (vendor
name and version); MS-ADTS 3.1.1.3.2 (dnsHostName), read 2026-11-21.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from scanners.ber import BOOLEAN, ENUMERATED, INTEGER, OCTETS, SEQUENCE, element, elements, encode
from scanners.greeting.text import printable
from sekisho.errors import ParseError
from sekisho.model.service_facts import LdapRoot

_ASKED: Final = ("namingContexts", "vendorName", "vendorVersion", "supportedExtension", "dnsHostName")
_START_TLS: Final = b"1.3.6.1.4.1.1466.20037"
_SEARCH, _ENTRY, _DONE, _EXTENDED, _EXTENDED_DONE = 0x63, 0x64, 0x65, 0x77, 0x78
_PRESENT, _NAME = 0x87, 0x80
_MESSAGE: Final = encode(INTEGER, b"\1")  # number of our only message
REQUEST: Final = encode(
    SEQUENCE,
    _MESSAGE,
    encode(
        _SEARCH,
        encode(OCTETS),  # base: the root DSE
        encode(ENUMERATED, b"\0"),  # scope: the base alone
        encode(ENUMERATED, b"\0"),  # aliases are not followed
        encode(INTEGER, b"\1"),  # one entry at most
        encode(INTEGER, b"\5"),  # five seconds at most
        encode(BOOLEAN, b"\0"),  # with values
        encode(_PRESENT, b"objectClass"),
        encode(SEQUENCE, *(encode(OCTETS, name.encode()) for name in _ASKED)),
    ),
)
START_TLS: Final = encode(SEQUENCE, _MESSAGE, encode(_EXTENDED, encode(_NAME, _START_TLS)))
_MOST_CONTEXTS: Final = 32
_LONGEST: Final = 200


def is_whole(received: bytes) -> bool:
    """Tell whether nothing more of the answer is to come: the end of the search, or no message of this protocol."""
    try:
        while (found := element(received)) is not None:
            if found[0] != SEQUENCE or _operation(found[1])[0] == _DONE:
                return True
            received = received[found[2] :]
    except ParseError:
        return True
    return received[:1] not in {b"", bytes([SEQUENCE])}


def parse_root(received: bytes) -> LdapRoot:
    """Read the answer to our search, with or without an entry. Raises: ParseError."""
    values: dict[str, tuple[bytes, ...]] = {}
    for tag, content in _messages(received):
        if tag == _ENTRY:
            values.update(_attributes(content))
        elif tag == _DONE:
            return _root(values, _result(content))
    msg = f"LDAP: got {received[:8].hex()} in {len(received)} bytes, expected the end of a search"
    raise ParseError(msg)


def parse_start_tls(received: bytes) -> tuple[int, bool] | None:
    """Give size and consent of the answer to START_TLS; None while it is not complete. Raises: ParseError."""
    found = element(received)
    if found is None and received[:1] in {b"", bytes([SEQUENCE])}:
        return None
    tag, content = _operation(found[1]) if found is not None and found[0] == SEQUENCE else (0, b"")
    if found is None or tag != _EXTENDED_DONE:
        msg = f"LDAP: got {received[:8].hex()}, expected the answer to an extended request"
        raise ParseError(msg)
    return found[2], _result(content) == 0


def _messages(received: bytes) -> Iterator[tuple[int, bytes]]:
    """Give the operations of whole messages. Raises: ParseError."""
    while (found := element(received)) is not None:
        if found[0] != SEQUENCE:
            msg = f"LDAP: got {received[:8].hex()}, expected a message"
            raise ParseError(msg)
        yield _operation(found[1])
        received = received[found[2] :]


def _operation(message: bytes) -> tuple[int, bytes]:
    """Give tag and content of a message's operation. Raises: ParseError."""
    parts = list(elements(message))
    if len(parts) < 2 or parts[0][0] != INTEGER:  # noqa: PLR2004 - number and operation; controls may follow
        msg = f"LDAP: got {message[:8].hex()}, expected a message's number and operation"
        raise ParseError(msg)
    return parts[1]


def _result(content: bytes) -> int:
    """Give the result code of an answer. Raises: ParseError."""
    tag, code = next(elements(content), (0, b""))
    if tag != ENUMERATED or not code:
        msg = f"LDAP: got {content[:8].hex()}, expected a result code"
        raise ParseError(msg)
    return int.from_bytes(code, "big")


def _attributes(entry: bytes) -> Iterator[tuple[str, tuple[bytes, ...]]]:
    """Give the attributes of an entry, their names in lower case. Raises: ParseError."""
    for tag, content in list(elements(entry))[1:]:
        for _, attribute in elements(content) if tag == SEQUENCE else ():
            parts = [value for _, value in elements(attribute)]
            if len(parts) > 1:
                yield parts[0].decode("latin-1").lower(), tuple(value for _, value in elements(parts[1]))


def _root(values: Mapping[str, tuple[bytes, ...]], result: int) -> LdapRoot:
    """Make the fact."""
    extensions = values.get("supportedextension")
    contexts = values.get("namingcontexts", ())[:_MOST_CONTEXTS]
    return LdapRoot(
        result=result,
        vendor=_text(values, "vendorname"),
        version=_text(values, "vendorversion"),
        host=_text(values, "dnshostname"),
        contexts=tuple(printable(context, longest=_LONGEST) for context in contexts),
        offers_tls=None if extensions is None else _START_TLS in extensions,
    )


def _text(values: Mapping[str, tuple[bytes, ...]], name: str) -> str:
    """Give the first value of an attribute, "" if there is none."""
    return printable(next(iter(values.get(name, ())), b""), longest=_LONGEST)
