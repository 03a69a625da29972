"""Configurations of TLS servers, drawn over versions, suites, groups, certificates and client certificates."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from scanners.tls.suites import suite_name
from tools.benching.endpoints.facts import Found, group_fact, suite_fact

NAME: Final = "endpoint.example.jp"
"""In every certificate, and told to tools that else send the address as name, which RFC 6066 forbids."""
OLD: Final = ("tls1.0", "tls1.1", "tls1.2")
_SEED: Final = 827
_EACH: Final = 7
_CURVES: Final = (29, 23, 24, 25)
_GCM: Final = (0xC02B, 0xC02C, 0xC02F, 0xC030, 0x009C, 0x009D)
_CBC: Final = (0xC009, 0xC00A, 0xC013, 0xC014, 0x002F, 0x0035)
_SHA2: Final = (0xC023, 0xC027, 0x003C)
_CHACHA: Final = (0xCCA8, 0xCCA9)
_DHE: Final = (0x0033, 0x0039, 0x009E, 0x009F)
_LEAST: Final = {"rsa": (0xC013, 0x002F), "ec": (0xC009,)}
"""Taken by every old version with a key of this kind: without one of them a version would take nothing."""


_GNUTLS_PARTS: Final = (
    ("TLS_ECDHE_RSA", "ECDHE-RSA"),
    ("TLS_ECDHE_ECDSA", "ECDHE-ECDSA"),
    ("TLS_RSA", "RSA"),
    ("AES_128_GCM", "AES-128-GCM"),
    ("AES_256_GCM", "AES-256-GCM"),
    ("CHACHA20", "CHACHA20-POLY1305"),
    ("AES_128_CBC", "AES-128-CBC"),
    ("AES_256_CBC", "AES-256-CBC"),
)


def gnutls_parts(suite: int) -> frozenset[str]:
    """Give the parts that a suite is made of, in the terms of GnuTLS."""
    return frozenset(part for word, part in _GNUTLS_PARTS if word in suite_name(suite))


@dataclass(frozen=True, slots=True)
class Maker:
    """What one implementation lets a configuration choose. suites13 empty: all three of its own."""

    name: str
    versions: tuple[str, ...]
    suites: tuple[int, ...]
    suites13: tuple[int, ...] = (0x1301, 0x1302, 0x1303)
    groups: tuple[int, ...] = _CURVES
    chooses13: bool = True
    chooses_groups: bool = True
    keys: tuple[tuple[str, ...], ...] = (("rsa",), ("ec",), ("rsa", "ec"))


MAKERS: Final = (
    Maker("openssl", (*OLD, "tls1.3"), (*_GCM, *_CBC, *_SHA2, *_CHACHA, *_DHE), groups=(*_CURVES, 30, 256)),
    Maker("gnutls", (*OLD, "tls1.3"), (*_GCM, *_CBC, *_CHACHA), groups=(*_CURVES, 30, 256)),
    Maker(
        "tlslite",
        ("ssl3", *OLD, "tls1.3"),
        (*_GCM, *_CBC, *_SHA2, *_CHACHA, 0x0005, 0x000A),
        chooses_groups=False,
        groups=(29, 30, 23, 24, 25, *range(256, 261)),
        keys=(("rsa",), ("ec",)),
    ),
    Maker("jsse", (*OLD, "tls1.3"), (*_GCM, *_CBC, *_SHA2, *_CHACHA), groups=(*_CURVES, 30, 256)),
    Maker("go", (*OLD, "tls1.3"), (*_GCM, *_CBC, 0xC023, 0xC027, 0x003C, *_CHACHA, 0x0005, 0x000A), chooses13=False),
    Maker("nss", (*OLD, "tls1.3"), (*_GCM, *_CBC, *_SHA2, *_CHACHA), groups=(*_CURVES, 256)),
)


@dataclass(frozen=True, slots=True)
class Configuration:
    """One server as it is configured: the truth that every tool is held against.

    suites: of all versions, as code points. keys: kinds of its certificates. client: none | request | require.
    """

    name: str
    maker: str
    versions: tuple[str, ...]
    suites: tuple[int, ...]
    groups: tuple[int, ...]
    keys: tuple[str, ...] = ("rsa",)
    client: str = "none"
    key_bits: int = 2048

    def takes(self, version: str) -> tuple[int, ...]:
        """Give the suites that this version takes."""
        return tuple(s for s in self.suites if version in self.versions and self._fits(s, version))

    def truth(self) -> Found:
        """Give every fact."""
        taken = {v: self.takes(v) for v in self.versions}
        names = {v: [suite_name(s) for s in suites] for v, suites in taken.items()}
        facts: set[tuple[str, ...]] = {("version", v) for v in self.versions}
        facts |= {("key", k) for k in self.keys} | {("client", self.client)}
        facts |= {suite_fact(v, s) for v, suites in taken.items() for s in suites}
        if "tls1.3" in self.versions:
            return frozenset(facts | {group_fact(g) for g in self.groups})
        has_curves = any("ECDHE" in n for v in self.versions for n in names[v])
        return frozenset(facts | {group_fact(g) for g in self.groups if has_curves and g < 256})  # noqa: PLR2004 - RFC 7919 begins here

    def _fits(self, suite: int, version: str) -> bool:
        """Tell whether a suite, a version and the certificates go together."""
        name = suite_name(suite)
        if (version == "tls1.3") != ((suite >> 8) == 0x13):  # noqa: PLR2004 - RFC 8446 B.4
            return False
        if version == "tls1.3":
            return True
        if version == "ssl3" and "ECDHE" in name and self.maker != "tlslite":
            return False  # it has no extension to name a curve by; tlslite-ng takes its own first one all the same
        is_new = any(word in name for word in ("GCM", "CCM", "CHACHA")) or name.endswith(("SHA256", "SHA384"))
        return ("ec" if "ECDSA" in name else "rsa") in self.keys and (version == "tls1.2" or not is_new)


def drawn() -> Iterator[Configuration]:
    """Draw the configurations, the same each time."""
    draw = random.Random(_SEED)  # noqa: S311 - the same configurations each time
    for maker in MAKERS:
        for number in range(_EACH):
            yield _draw(draw, maker, f"{maker.name}-{number + 1}")


def _draw(draw: random.Random, maker: Maker, name: str) -> Configuration:
    """Draw one configuration of an implementation."""
    first = draw.randrange(len(maker.versions))
    versions = maker.versions[first : draw.randint(first + 1, len(maker.versions))]
    keys = draw.choice(maker.keys)
    suites = draw.sample(maker.suites, draw.randint(2, 9))
    suites = [s for s in suites if any(("ec" if "ECDSA" in suite_name(s) else "rsa") == k for k in keys)]
    if "ssl3" in versions and keys == ("ec",):
        keys = ("rsa",)  # SSL 3.0 has no elliptic curves
        suites = list(_LEAST["rsa"])
    if any(v != "tls1.3" for v in versions):
        suites += [s for k in keys for s in _LEAST[k]]
    if "tls1.3" in versions:
        suites += draw.sample(maker.suites13, draw.randint(1, 3)) if maker.chooses13 else maker.suites13
    if maker.name == "gnutls":  # it takes parts, and with them every suite that can be made of them
        parts = frozenset(p for s in suites for p in gnutls_parts(s))
        suites = [s for s in (*maker.suites, *maker.suites13) if gnutls_parts(s) <= parts]
    groups = maker.groups
    if maker.chooses_groups:
        groups = (23, *draw.sample([g for g in maker.groups if g != 23], draw.randint(0, 3)))  # noqa: PLR2004 - the certificates' curve
    client = draw.choice(("none", "none", "request", "require"))
    return Configuration(name, maker.name, versions, tuple(dict.fromkeys(suites)), groups, keys, client)


@dataclass(frozen=True, slots=True)
class SshConfiguration:
    """One OpenSSH server. keys: (kind, bits; 0 for kinds of one size)."""

    name: str
    kex: tuple[str, ...]
    host_keys: tuple[str, ...]
    ciphers: tuple[str, ...]
    macs: tuple[str, ...]
    keys: tuple[tuple[str, int], ...]

    def truth(self) -> Found:
        """Give every fact."""
        lists = {"kex": self.kex, "host key": self.host_keys, "cipher": self.ciphers, "mac": self.macs}
        types = {"rsa": "ssh-rsa", "ed25519": "ssh-ed25519", "ecdsa": "ecdsa-sha2-nistp256"}
        listed = {(k, n) for k, names in lists.items() for n in names}
        return frozenset(listed | {("shown key", types[k]) for k, _ in self.keys})


SSH: Final = (
    SshConfiguration(
        "SSH, modern",
        ("sntrup761x25519-sha512@openssh.com", "curve25519-sha256", "ecdh-sha2-nistp256"),
        ("ssh-ed25519", "rsa-sha2-512", "rsa-sha2-256"),
        ("chacha20-poly1305@openssh.com", "aes256-gcm@openssh.com", "aes256-ctr"),
        ("hmac-sha2-256-etm@openssh.com", "hmac-sha2-512"),
        (("ed25519", 0), ("rsa", 3072)),
    ),
    SshConfiguration(
        "SSH, old",
        ("diffie-hellman-group14-sha1", "diffie-hellman-group1-sha1", "ecdh-sha2-nistp256"),
        ("ssh-rsa", "ecdsa-sha2-nistp256"),
        ("aes128-cbc", "3des-cbc", "aes128-ctr"),
        ("hmac-sha1", "hmac-md5", "hmac-sha1-96"),
        (("rsa", 2048), ("ecdsa", 256)),
    ),
)


def _all_of(*lists: Sequence[int]) -> tuple[int, ...]:
    """Join lists."""
    return tuple(dict.fromkeys(s for one in lists for s in one))


NAMED: Final = (
    Configuration(
        "modern",
        "openssl",
        ("tls1.2", "tls1.3"),
        (0xC02B, 0xC02C, 0xCCA9, 0xC02F, 0xC030, 0xCCA8, 0x1301, 0x1302, 0x1303),
        (29, 23, 30, 25, 24),
        ("rsa", "ec"),
    ),
    Configuration(
        "modern, one certificate",
        "go",
        ("tls1.2", "tls1.3"),
        (0xC02F, 0xC030, 0xCCA8, 0x009C, 0x009D, 0xC013, 0x1301, 0x1302, 0x1303),
        (29, 23, 24, 25),
    ),
    Configuration(
        "old",
        "openssl",
        OLD,
        _all_of(
            (0xC02F, 0xC030, 0x009C, 0x009D),
            (0xC013, 0xC014, 0x002F, 0x0035),
            (0xC027, 0xC028, 0x003C, 0x003D),
            _DHE,
            (0x0067, 0x006B, 0x0041, 0x0084, 0x0045, 0x0088, 0x00BA, 0x00C0),
            (0xC09C, 0xC09D, 0xC0A0, 0xC0A1, 0xC050, 0xC051, 0xC060, 0xC061),
        ),
        _CURVES,
    ),
    Configuration(
        "old, SSL 3.0 too",
        "tlslite",
        ("ssl3", *OLD),
        (0xC02F, 0xC030, 0x009C, 0x009D, 0xC013, 0xC014, 0x002F, 0x0035, 0x0005, 0x000A, 0xC012, 0x003C),
        (29, 30, 23, 24, 25),
    ),
    Configuration("TLS 1.0 alone", "openssl", ("tls1.0",), (0x002F, 0x0035, 0xC013, 0xC014), (23,), key_bits=1024),
    Configuration(
        "TLS 1.3, client certificate", "openssl", ("tls1.3",), (0x1301, 0x1302, 0x1303), (29, 23), client="require"
    ),
)
"""The servers of the cost comparison."""
