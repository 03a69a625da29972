"""Why a tool differs from the configuration: read off its output; where that is a guess, the text says so."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from tools.benching.endpoints.configurations import NAMED, Configuration, drawn
from tools.benching.endpoints.ike import IKE
from tools.benching.endpoints.peers import IKE_SCAN

_When = Callable[[Configuration, Sequence[str]], bool]
_CANNOT = 'it ends with "Your OpenSSL cannot connect": its first connection is made by the system\'s OpenSSL'
_NO_ECDH = (
    "it says that ECDH is not supported, though it lists the suites: where these ask for a client certificate below "
    "TLS 1.3; the cause was not looked into"
)
_ENDED_EARLY = (
    "likely, not looked into: a handshake that the server ends for want of a client certificate does not count as one"
)
_NOT_ITS_CURVE = (
    "likely, not looked into: one curve is offered at a time, and without its certificate's a server can't sign"
)
_REASONS: Final[tuple[tuple[str, str, _When, str], ...]] = (
    ("nmap", "key", lambda c, _: len(c.keys) > 1, "one certificate is read, the one that the server prefers"),
    (
        "nmap",
        "key",
        lambda c, _: c.keys == ("ec",),
        "no certificate is read below TLS 1.2 with an EC key; with an RSA key it is; the cause was not looked into",
    ),
    *(
        ("sslscan", kind, lambda c, _: c.client == "require" and c.maker in {"gnutls", "go", "nss"}, _ENDED_EARLY)
        for kind in ("version", "suite", "group", "key")
    ),
    ("sslscan", "key", lambda c, _: len(c.keys) > 1, "one certificate is read, the one that the server prefers"),
    (
        "sslscan",
        "suite",
        lambda c, _: "ssl3" in c.versions,
        "the OpenSSL it is built with has no SSL 3.0: the version is seen, its suites are not",
    ),
    (
        "sslyze",
        "key",
        lambda c, _: c.versions == ("tls1.3",),
        "one certificate is read; likely, not looked into: it asks for further ones by suites of TLS 1.2",
    ),
    ("sslscan", "group", lambda c, _: c.keys == ("ec",) and c.maker != "nss", _NOT_ITS_CURVE),
    (
        "sslscan",
        "group",
        lambda c, _: c.maker == "nss",
        "below TLS 1.3 its list of groups comes out empty after a wait of 3 s; the cause was not looked into",
    ),
    (
        "sslscan",
        "group",
        lambda c, _: c.maker == "jsse" and "tls1.3" not in c.versions,
        "it lists no group of this server; the cause was not looked into",
    ),
    ("testssl.sh", "version", lambda _, __: True, _CANNOT),
    ("testssl.sh", "suite", lambda _, __: True, _CANNOT),
    (
        "sslyze",
        "group",
        lambda _, names: all(n.startswith("ffdhe") for n in names),
        "it asks for elliptic curves, not for the finite fields of TLS 1.3",
    ),
    (
        "sslyze",
        "group",
        lambda c, _: c.keys == ("ec",),
        _NOT_ITS_CURVE,
    ),
    (
        "sslyze",
        "group",
        lambda c, _: c.client != "none" and c.maker != "openssl",
        _NO_ECDH,
    ),
)
"""Tool, kind of fact that it misses, of which configurations and facts; the first that fits counts."""


def explanation(tool: str, word: str, kind: str, target: str, names: Sequence[str]) -> str:
    """Give the reason, or say that there is none yet."""
    if tool == IKE_SCAN.name and word == "misses":
        return _of_ike_scan(kind, target, names)
    wanted = next((c for c in (*NAMED, *drawn()) if c.name == target), None)
    for one_tool, one_kind, fits, reason in _REASONS:
        if (one_tool, "misses", one_kind) == (tool, word, kind) and wanted is not None and fits(wanted, names):
            return reason
    return "not explained yet"


def _of_ike_scan(kind: str, target: str, names: Sequence[str]) -> str:
    """Give the reason why ike-scan misses something: what it offers is refused, or one suite of it is chosen."""
    configured = next(c for c in IKE if c.name == target)
    if len(names) == sum(f[0] == kind for f in configured.truth()):
        return "its one offer holds nothing that is taken here: the responder refuses it"
    return "one offer is answered with one suite, and it asks no further"
