"""The other tools: how each is called, and what it says, read into facts."""

from __future__ import annotations

import json
import re
import shutil
import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from scanners.tls.suites import suite_names
from tools.benching.endpoints.configurations import NAME
from tools.benching.endpoints.facts import IKE_KINDS, KINDS, SSH_KINDS, Found, group_fact, is_signal, suite_fact
from tools.benching.endpoints.installing import ENVIRONMENT

_CURVES: Final = {"prime256v1": "secp256r1"}
_CLIENT: Final = {"DISABLED": "none", "OPTIONAL": "request", "REQUIRED": "require"}


@dataclass(frozen=True, slots=True)
class Peer:
    """One tool. command: output file and port → arguments. asks: kinds of facts that it was asked for."""

    name: str
    program: str
    command: Callable[[Path, str, int], list[str]]
    read: Callable[[str], Found]
    asks: tuple[str, ...]

    @property
    def is_here(self) -> bool:
        """Tell whether it is installed."""
        return shutil.which(self.program) is not None

    def facts(self, output: Path) -> Found:
        """Read what it said; a tool that was ended or gave up may have said nothing."""
        text = output.read_text("utf-8", "replace") if output.exists() else ""
        try:
            return self.read(text)
        except (ValueError, ET.ParseError):
            return frozenset()


def _version(text: str) -> str:
    """Write a version as we do: TLSv1.2, TLS_1_2, tls1_2, SSLv3 … ; TLSv1 is 1.0."""
    is_ssl, digits = text.lower().startswith("ssl"), re.sub(r"\D", "", text)
    if is_ssl:
        return f"ssl{digits[0]}"
    return f"tls{digits[0]}.{digits[1] if len(digits) > 1 else '0'}"


def _code(name: str) -> int:
    """Give the code point of a registered name; nmap has a prefix of its own for TLS 1.3. Raises: ValueError."""
    wanted = name.replace("TLS_AKE_WITH_", "TLS_")
    for code, known in suite_names().items():
        if known == wanted:
            return code
    msg = f"unknown suite {name}"
    raise ValueError(msg)


def _nmap(text: str) -> Found:
    """Read nmap's XML."""
    found: set[tuple[str, ...]] = set()
    for script in ET.fromstring(text).iter("script"):  # noqa: S314 - written by the program that we started
        if script.get("id") == "ssl-cert":
            found |= {("key", e.text or "") for e in script.findall("./table[@key='pubkey']/elem[@key='type']")}
            continue
        for table in script.findall("./table"):
            version = _version(table.get("key", ""))
            found.add(("version", version))
            names = table.findall("./table[@key='ciphers']/table/elem[@key='name']")
            found |= {suite_fact(version, _code(e.text or "")) for e in names}
    return frozenset(found)


def _sslscan(text: str) -> Found:
    """Read sslscan's XML."""
    root, found = ET.fromstring(text), set[tuple[str, ...]]()  # noqa: S314 - as above
    for one in root.iter("protocol"):
        if one.get("enabled") == "1":
            found.add(("version", _version(f"{one.get('type')}{one.get('version')}")))
    found |= {suite_fact(_version(c.get("sslversion", "")), int(c.get("id", ""), 16)) for c in root.iter("cipher")}
    found |= {group_fact(int(g.get("id", ""), 16)) for g in root.iter("group")}
    return frozenset(found | {("key", (k.get("type") or "").lower()) for k in root.iter("pk")})


def _sslyze(text: str) -> Found:
    """Read sslyze's JSON."""
    found: set[tuple[str, ...]] = set()
    for server in json.loads(text)["server_scan_results"]:
        if server["connectivity_result"]:
            found.add(("client", _CLIENT[server["connectivity_result"]["client_auth_requirement"]]))
        for name, part in (server["scan_result"] or {}).items():
            if part["result"] is not None:
                found |= set(_sslyze_part(name, part["result"]))
    return frozenset(found)


def _sslyze_part(name: str, result: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    """Read one part of it."""
    if name.endswith("_cipher_suites"):
        version = _version(name)
        for one in result["accepted_cipher_suites"]:
            yield "version", version
            yield suite_fact(version, _code(one["cipher_suite"]["name"]))
    elif name == "elliptic_curves":
        for curve in result["supported_curves"] or ():
            yield "group", _CURVES.get(curve["name"], curve["name"]).replace("X", "x")
    elif name == "certificate_info":
        for one in result["certificate_deployments"]:
            key = one["received_certificate_chain"][0]["public_key"]["algorithm"]
            yield "key", "rsa" if "RSA" in key else "ec"


def _testssl(text: str) -> Found:
    """Read testssl.sh's JSON."""
    names = {
        "SSLv2": "ssl2",
        "SSLv3": "ssl3",
        "TLS1": "tls1.0",
        "TLS1_1": "tls1.1",
        "TLS1_2": "tls1.2",
        "TLS1_3": "tls1.3",
    }
    found: set[tuple[str, ...]] = set()
    entries = re.findall(r'"id"\s*:\s*"([^"]*)".*?"finding"\s*:\s*"([^"]*)"', text, re.DOTALL)
    for name, said in entries:
        if name in names and said.startswith("offered"):
            found.add(("version", names[name]))
        elif (suite := re.fullmatch(r"cipher-(\w+)_x([0-9a-f]{2,4})", name)) is not None:
            found.add(suite_fact(_version(suite[1]), int(suite[2], 16)))
    return frozenset(found)


PEERS: Final = (
    Peer(
        "nmap",
        "nmap",
        lambda out, host, port: [
            "nmap",
            "-n",
            "-Pn",
            f"-p{port}",
            "--script",
            "ssl-enum-ciphers,ssl-cert",
            "-oX",
            str(out),
            host,
        ],
        _nmap,
        ("version", "suite", "key"),
    ),
    Peer(
        "sslyze",
        str(ENVIRONMENT / "bin" / "sslyze"),
        lambda out, host, port: [
            str(ENVIRONMENT / "bin" / "sslyze"),
            "--mozilla_config=disable",
            "--sslv2",
            "--sslv3",
            "--tlsv1",
            "--tlsv1_1",
            "--tlsv1_2",
            "--tlsv1_3",
            "--certinfo",
            "--elliptic_curves",
            f"--json_out={out}",
            f"{NAME}:{port}{{{host}}}",
        ],
        _sslyze,
        KINDS,
    ),
    Peer(
        "testssl.sh",
        "testssl",
        lambda out, host, port: [
            "testssl",
            "--nodns",
            "none",
            "--quiet",
            "--color",
            "0",
            "--warnings",
            "batch",
            "-p",
            "-E",
            "--jsonfile",
            str(out),
            f"{host}:{port}",
        ],
        _testssl,
        ("version", "suite"),
    ),
    Peer(
        "sslscan",
        "sslscan",
        lambda out, host, port: [
            "sslscan",
            "--no-colour",
            "--no-heartbleed",
            "--no-renegotiation",
            "--no-fallback",
            "--no-compression",
            f"--sni-name={NAME}",
            f"--xml={out}",
            f"{host}:{port}",
        ],
        _sslscan,
        ("version", "suite", "group", "key"),
    ),
)


"""sslscan comes last: it leaves NSS's server waiting for good."""


def _ssh_audit(text: str) -> Found:
    """Read ssh-audit's JSON."""
    said, names = json.loads(text), {"kex": "kex", "key": "host key", "enc": "cipher", "mac": "mac"}
    found = {
        (kind, e["algorithm"]) for part, kind in names.items() for e in said[part] if not is_signal(e["algorithm"])
    }
    return frozenset(found | {("shown key", e["hostkey"]) for e in said["fingerprints"]})


_AUDITS: Final = str(ENVIRONMENT / "bin" / "ssh-audit")
SSH_AUDIT: Final = Peer(
    "ssh-audit",
    _AUDITS,
    lambda out, host, port: ["sh", "-c", f"{_AUDITS} -j --skip-rate-test -p {port} {host} >{out}"],
    _ssh_audit,
    SSH_KINDS,
)


_RETURNED: Final = (("Main Mode", "main"), ("Aggressive Mode", "aggressive"), ("IKEv2 SA_INIT", "init"))
_SUITE: Final = re.compile(
    r"SA=\((?:Enc|Encr)=(?P<cipher>[\w-]+?)(?:_CBC)?(?:,KeyLength=(?P<bits>\d+))?"
    r" (?:Hash=(?P<hash>\w+)|Integ=\w+ Prf=HMAC_(?P<prf>\w+)) (?:Group|DH_Group)=\d+:(?P<group>\w+)"
    r"(?:[^)]*?KeyLength=(?P<bits_last>\d+))?"
)


def _ike_scan(text: str) -> Found:
    """Read what ike-scan printed: one chosen suite for each handshake that came back."""
    found: set[tuple[str, ...]] = set()
    for part in text.split("Starting ike-scan"):
        exchange = next((name for words, name in _RETURNED if f"{words} Handshake returned" in part), None)
        chosen = _SUITE.search(part)
        if exchange is None or chosen is None:
            continue
        number = "2" if exchange == "init" else "1"
        bits = chosen["bits"] or chosen["bits_last"]
        cipher = chosen["cipher"].lower()
        found.add(("exchange", exchange))
        found.add(("encryption", number, f"aes-cbc-{bits or 128}" if cipher.startswith("aes") else cipher))
        found.add(("hash", number, (chosen["hash"] or chosen["prf"]).lower().removeprefix("sha2-")))
        found.add(("group", number, chosen["group"].lower()))
    return frozenset(found)


IKE_SCAN: Final = Peer(
    "ike-scan",
    "ike-scan",
    lambda out, host, _: [
        "sh", "-c",
        f"ike-scan -M {host} >{out}; ike-scan -M -A --id=sekisho.invalid {host} >>{out}; ike-scan -M -2 {host} >>{out}",
    ],
    _ike_scan,
    IKE_KINDS,
)  # fmt: skip
"""Main mode, aggressive mode with the name that ours gives, and version 2, each with the suites of its own choice."""


def ours(depth: str, folder: Path, scanner: str) -> Callable[[Path, str, int], list[str]]:
    """Give the command of our own side."""
    start = [sys.executable, "-P", "-m", "tools.benching.endpoints.ours", str(folder), scanner]
    return lambda out, host, port: [*start, host, str(port), depth, str(out)]
