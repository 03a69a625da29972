"""Reads one HL7 v2 message out of its MLLP block and writes the acknowledgement; bytes in, bytes out.

Source: HL7 v2.5, chapter 2 (MSH, MSA, escape characters); MLLP release 1 (start and end of a block).
"""

from __future__ import annotations

START, END = b"\x0b", b"\x1c\r"
SEGMENT_END = b"\r"
CONTROL_ID, VERSION = 9, 11
"""Positions in MSH counted from 0 after splitting: MSH-1 is the separator itself, so MSH-10 is the 10th part."""


class Hl7Error(ValueError):
    """A block without a well-formed message."""


def acknowledge(block: bytes, application: str, facility: str) -> bytes:
    """Give the acknowledgement (AA) of a message, in a block.

    Raises: Hl7Error when the block doesn't begin right or its header has no type, control id or version.
    """
    if not block.startswith(START + b"MSH"):
        raise Hl7Error("expected a block that begins with MSH")
    header = block[len(START) :].split(SEGMENT_END, 1)[0]
    separator = header[3:4]
    fields = header.split(separator) if separator else []
    if len(fields) <= VERSION or not all(fields[at] for at in (8, CONTROL_ID, VERSION)):
        raise Hl7Error("expected message type, control id and version in MSH")
    encoding, control, version = fields[1], fields[CONTROL_ID], fields[VERSION]
    names = [application.encode(), facility.encode(), fields[2], fields[3]]
    msh = separator.join([b"MSH", encoding, *names, b"", b"", b"ACK", control, b"P", version])
    msa = separator.join([b"MSA", b"AA", control])
    return START + msh + SEGMENT_END + msa + SEGMENT_END + END
