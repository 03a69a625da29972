"""The broken messages of stream protocols, byte by byte."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

from lab.devices.malformed.script import Script, What
from lab.devices.telnet.options import DO, DONT, ECHO, IAC, SB, TERMINAL_TYPE

Over = Literal["tls", "ssh", "http", "ftp", "smtp", "telnet", "snmp"]
LONG_A = b"A" * 65536
TIMES = 256
"""16 MiB of 64 KiB pieces."""

HANDSHAKE = b"\x16\x03\x03"  # record type and version of TLS 1.2 (RFC 5246, 6.2.1)
SERVER_HELLO = b"\x02"
TLS: Mapping[What, Script] = MappingProxyType(
    {
        # A record above 2^14 + 2048 bytes, the first of a ServerHello that says it has 16 MiB; all of them follow.
        "oversized": Script(
            waits=True,
            message=HANDSHAKE + b"\xff\xff" + SERVER_HELLO + b"\xff\xff\xff" + bytes(0xFFFF - 4),
            filling=HANDSHAKE + b"\xff\xff" + bytes(0xFFFF),
            times=TIMES,
        ),
        # A record of 1000 bytes of which 60 come.
        "truncated": Script(
            waits=True,
            message=HANDSHAKE + (1000).to_bytes(2, "big") + SERVER_HELLO + (996).to_bytes(3, "big") + bytes(56),
            closes=True,
        ),
        # HelloRequest, which clients ignore in mid-handshake (RFC 5246, 7.4.1.1).
        "looping": Script(waits=True, again=HANDSHAKE + (4).to_bytes(2, "big") + bytes(4)),
    }
)

SSH_VERSION = b"SSH-2.0-lab\r\n"
KEXINIT, IGNORE = b"\x14", b"\x02"  # RFC 4250, 4.1.2
PADDING = bytes(4)
SSH: Mapping[What, Script] = MappingProxyType(
    {
        "oversized": Script(
            greeting=SSH_VERSION, message=b"\xff\xff\xff\xff\x04" + KEXINIT, filling=b"a," * 32768, times=TIMES
        ),
        # A KEXINIT of 500 bytes of which 40 come.
        "truncated": Script(
            greeting=SSH_VERSION, message=(500).to_bytes(4, "big") + b"\x04" + KEXINIT + bytes(38), closes=True
        ),
        # SSH_MSG_IGNORE with no data: length, padding length, type, string of length 0, padding (RFC 4253, 6 and 11.2).
        "looping": Script(
            greeting=SSH_VERSION, again=(12).to_bytes(4, "big") + b"\x06" + IGNORE + bytes(4) + PADDING + bytes(2)
        ),
    }
)

HTTP: Mapping[What, Script] = MappingProxyType(
    {
        "oversized": Script(
            waits=True,
            message=b"HTTP/1.1 200 OK\r\nX-Long: ",
            filling=LONG_A,
            times=TIMES,
            tail=b"\r\nContent-Length: 1000000000000000\r\n\r\n<p>",
        ),
        "truncated": Script(
            waits=True, message=b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n<html><hea", closes=True
        ),
        # Interim answers, of which there may be any number (RFC 9110, 15.2).
        "looping": Script(waits=True, again=b"HTTP/1.1 100 Continue\r\n\r\n"),
    }
)

REPLY_LINES: Mapping[What, Script] = MappingProxyType(
    {
        "oversized": Script(message=b"220-", filling=LONG_A, times=TIMES, tail=b"\r\n220 ready\r\n"),
        "truncated": Script(message=b"22", closes=True),
        # A reply of many lines whose last one never comes (RFC 959, 4.2).
        "looping": Script(again=b"220-again\r\n"),
    }
)

TELNET: Mapping[What, Script] = MappingProxyType(
    {
        # A subnegotiation that begins and doesn't end (RFC 855).
        "oversized": Script(message=bytes([IAC, SB, TERMINAL_TYPE]), filling=LONG_A, times=TIMES),
        "truncated": Script(message=bytes([IAC, SB, TERMINAL_TYPE]), closes=True),
        # An option switched on and off for ever (what RFC 1143 is about).
        "looping": Script(again=bytes([IAC, DO, ECHO, IAC, DONT, ECHO])),
    }
)

SCRIPTS: Mapping[str, Mapping[What, Script]] = MappingProxyType(
    {"tls": TLS, "ssh": SSH, "http": HTTP, "ftp": REPLY_LINES, "smtp": REPLY_LINES, "telnet": TELNET}
)
