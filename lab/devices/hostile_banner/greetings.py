"""Puts a text into the greeting of a protocol."""

from __future__ import annotations

from typing import Literal

Over = Literal["plain", "ssh", "ftp", "smtp", "telnet"]


def greeting(over: Over, text: bytes) -> bytes:
    """Give the first bytes of a server."""
    lines = text.split(b"\r\n")
    match over:
        case "ssh":
            # Lines before the version are allowed (RFC 4253, 4.2); the comment behind the version is free text.
            return text + b"\r\nSSH-2.0-lab " + lines[0] + b"\r\n"
        case "ftp" | "smtp":
            # Many-line reply: the code with a hyphen, and at last with a blank (RFC 959, 4.2; RFC 5321, 4.2).
            return b"".join(b"220-" + line + b"\r\n" for line in lines) + b"220 " + lines[0] + b"\r\n"
        case "telnet":
            return text + b"\r\nlogin: "
        case "plain":
            return text + b"\r\n"
