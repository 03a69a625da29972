"""The one adapter of pysnmp: SNMP v1 and v2c messages as bytes. No I/O, no MIB files, total where it reads.

Source: RFC 1157 (v1), RFC 1901 and RFC 3416 (v2c), RFC 3418 section 2 (system group).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from pyasn1.codec.ber import decoder, encoder  # type: ignore[import-untyped]
from pyasn1.error import PyAsn1Error  # type: ignore[import-untyped]
from pyasn1.type import univ  # type: ignore[import-untyped]
from pysnmp.proto import api
from pysnmp.proto.error import ProtocolError

from sekisho.errors import ParseError

V1: Final = "v1"
V2C: Final = "v2c"
SYS_DESCR: Final = "1.3.6.1.2.1.1.1.0"
SYS_OBJECT_ID: Final = "1.3.6.1.2.1.1.2.0"
SYS_NAME: Final = "1.3.6.1.2.1.1.5.0"
ASKED: Final = (SYS_DESCR, SYS_OBJECT_ID, SYS_NAME)

_MODULES: Final = {V1: api.PROTOCOL_MODULES[0], V2C: api.PROTOCOL_MODULES[1]}
_LONGEST: Final = 65507  # a UDP datagram holds no more


@dataclass(frozen=True, slots=True)
class Message:
    """A request or response.

    error: error-status, 0 = none. values: object identifier in dotted form → value as bytes (an object identifier as
    its dotted text); objects that the agent says it does not have are left out. The community is not kept.
    """

    version: str
    request_id: int
    error: int
    values: tuple[tuple[str, bytes], ...]

    def value(self, identifier: str) -> bytes:
        """Give a value, b"" where there is none."""
        return dict(self.values).get(identifier, b"")


def build_get(version: str, community: bytes, request_id: int) -> bytes:
    """Give a GET request for sysDescr.0, sysObjectID.0 and sysName.0."""
    module = _MODULES[version]
    pdu = module.GetRequestPDU()
    module.apiPDU.set_defaults(pdu)
    module.apiPDU.set_request_id(pdu, request_id)
    module.apiPDU.set_varbinds(pdu, [(module.ObjectIdentifier(name), module.Null("")) for name in ASKED])
    message = module.Message()
    module.apiMessage.set_defaults(message)
    module.apiMessage.set_community(message, community)
    module.apiMessage.set_pdu(message, pdu)
    return bytes(encoder.encode(message))


def parse_message(raw: bytes) -> Message:
    """Read a GET request or a response of version 1 or 2c. Raises: ParseError for anything else."""
    if len(raw) > _LONGEST:
        msg = f"SNMP message: got {len(raw)} bytes, expected {_LONGEST} at most"
        raise ParseError(msg)
    try:
        return _parse(raw)
    except ParseError:
        raise
    except (PyAsn1Error, ProtocolError, ValueError, TypeError, LookupError, ArithmeticError, RecursionError) as error:
        # pyasn1 lets these out on crafted lengths and tags; which ones is found by the fuzzing tests
        msg = f"SNMP message: {type(error).__name__} in {len(raw)} bytes"
        raise ParseError(msg) from error


def _parse(raw: bytes) -> Message:
    """Decode with the message definition of the version the message itself states."""
    number = int(api.decodeMessageVersion(raw))
    version = {0: V1, 1: V2C}.get(number)
    if version is None:
        msg = f"SNMP version: got {number}, expected 0 (v1) or 1 (v2c)"
        raise ParseError(msg)
    module = _MODULES[version]
    message, _ = decoder.decode(raw, asn1Spec=module.Message())
    pdu = module.apiMessage.get_pdu(message)
    if not isinstance(pdu, (module.GetResponsePDU, module.GetRequestPDU)):
        msg = f"SNMP PDU: got {type(pdu).__name__}, expected a GET request or a response"
        raise ParseError(msg)
    pairs = ((_dotted(name), _plain(value)) for name, value in module.apiPDU.get_varbinds(pdu))
    return Message(
        version,
        int(module.apiPDU.get_request_id(pdu)),
        int(module.apiPDU.get_error_status(pdu)),
        tuple((name, value) for name, value in pairs if value is not None),
    )


def _dotted(identifier: Any) -> str:  # noqa: ANN401 - pyasn1 has no types
    """Print an object identifier."""
    return ".".join(str(arc) for arc in tuple(identifier))


def _plain(value: Any) -> bytes | None:  # noqa: ANN401 - pyasn1 has no types
    """Give an octet string or object identifier as bytes; None for NULL, the exceptions of v2c and other types."""
    if value.tagSet == univ.ObjectIdentifier.tagSet:
        return _dotted(value).encode("ascii")
    # by tag, since pyasn1 derives NULL and IpAddress from OctetString
    return bytes(value) if value.tagSet == univ.OctetString.tagSet else None
