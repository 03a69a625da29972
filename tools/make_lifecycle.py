"""Condense endoflife.date, CISA KEV and NVD samples into profiles/lifecycle, reproducibly.

Reads a folder with `endoflife/*.md`, `kev/known_exploited_vulnerabilities.json` and `nvd/*.json`, each with the
SOURCE.txt that says where it came from; sends nothing. Same input, same bytes.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[1]
TARGET: Final = ROOT / "profiles" / "lifecycle"
DATA: Final = ROOT.parent / "shared" / "data"

_RELEASE: Final = re.compile(r"^  - releaseCycle: (?P<value>.+)$")
_FIELD: Final = re.compile(r"^    (?P<key>eol|eoes|latest|releaseDate): (?P<value>.+)$")
_SOURCE_DATE: Final = re.compile(r"commit (?P<commit>[0-9a-f]{7})[0-9a-f]* (?P<date>\d{4}-\d{2}-\d{2})")


@dataclass(frozen=True, slots=True)
class Product:
    """One product we recognise.

    names: product names as profiles/fingerprints writes them. cycles: file of endoflife.date, "" if there is none.
    kev: KEV vendors. words: pattern that its KEV product or description must hold. cpe: start of its CPE 2.3 names.
    """

    id: str
    vendor: str
    names: tuple[str, ...]
    cycles: str = ""
    kev: tuple[str, ...] = ()
    words: str = ""
    cpe: str = ""


PRODUCTS: Final = (
    Product("apache-http-server", "Apache", ("HTTP Server",), "apache-http-server", ("Apache",), r"^HTTP Server$"),
    Product("apache-tomcat", "Apache", ("Tomcat",), "tomcat", ("Apache",), r"^Tomcat$"),
    Product("buffalo-routers", "Buffalo", ("AirStation",), "", ("Arcadyan",), r"Buffalo"),
    Product("centos", "CentOS", ("CentOS",), "centos"),
    Product("checkpoint-gateway", "Check Point", ("Quantum",), "", ("Check Point",), r"Quantum"),
    Product(
        "cisco-asa", "Cisco", ("ASA", "AnyConnect"), "", ("Cisco",), r"Adaptive Security Appliance|Firepower Threat"
    ),
    Product("cisco-ios", "Cisco", ("IOS",), "", ("Cisco",), r"\bIOS\b(?! X[ER])"),
    Product("cisco-ios-xe", "Cisco", ("IOS XE",), "cisco-ios-xe", ("Cisco",), r"\bX[E]\b"),
    Product("cisco-rv", "Cisco", ("RV",), "", ("Cisco",), r"\bRV\d*|VPN Routers"),
    Product("citrix-netscaler", "Citrix", ("NetScaler",), "", ("Citrix",), r"NetScaler|Application Delivery"),
    Product("debian", "Debian", ("Debian",), "debian"),
    Product("dlink-routers", "D-Link", ("DIR", "DSL", "Router"), "", ("D-Link",), r"DIR-|DSL-|Router"),
    Product("draytek-vigor", "DrayTek", ("Vigor",), "", ("DrayTek",), r"Vigor"),
    Product("exim", "Exim", ("Exim",), "", ("Exim",), r"."),
    Product("f5-big-ip", "F5", ("BIG-IP",), "", ("F5",), r"BIG-IP"),
    Product(
        "fortios",
        "Fortinet",
        ("FortiOS", "FortiGate"),
        "fortios",
        ("Fortinet",),
        r"FortiOS",
        "cpe:2.3:o:fortinet:fortios:",
    ),
    Product("ivanti-connect-secure", "Ivanti", ("Connect Secure",), "", ("Ivanti", "Pulse Secure"), r"Connect Secure"),
    Product("junos", "Juniper", ("Junos",), "", ("Juniper",), r"Junos"),
    Product("mikrotik-routeros", "MikroTik", ("RouterOS",), "", ("MikroTik",), r"RouterOS"),
    Product("netgear-routers", "NETGEAR", ("DGN", "JGS", "R", "WNR"), "", ("NETGEAR",), r"."),
    Product("nginx", "nginx", ("nginx",), "nginx"),
    Product("openssl", "OpenSSL", ("OpenSSL",), "openssl", ("OpenSSL",), r"."),
    Product("openwrt", "OpenWrt", ("OpenWrt",), "openwrt"),
    Product("pan-os", "Palo Alto Networks", ("PAN-OS",), "pan-os", ("Palo Alto Networks",), r"PAN-OS"),
    Product("php", "PHP", ("PHP",), "php", ("PHP", "PHP Group"), r"^PHP$|FastCGI"),
    Product("qnap-qts", "QNAP", ("QTS",), "", ("QNAP",), r"NAS|Network.Attached|QTS|Photo Station"),
    Product("rhel", "Red Hat", ("Enterprise Linux",), "rhel"),
    Product("sonicwall-sma", "SonicWall", ("SMA",), "", ("SonicWall",), r"SMA|SSLVPN|Secure Remote Access"),
    Product("sonicwall-sonicos", "SonicWall", ("SonicOS",), "", ("SonicWall",), r"SonicOS"),
    Product("sophos-firewall", "Sophos", ("SFOS",), "", ("Sophos",), r"Firewall|SFOS|Cyberoam|SG UTM"),
    Product("tplink-routers", "TP-Link", ("Router",), "", ("TP-Link",), r"."),
    Product("ubuntu", "Canonical", ("Ubuntu",), "ubuntu"),
    Product("vmware-esxi", "VMware", ("ESXi",), "vmware-esxi", ("VMware",), r"ESXi"),
    Product("watchguard-firebox", "WatchGuard", ("Firebox",), "", ("WatchGuard",), r"Firebox"),
    Product("windows", "Microsoft", ("Windows",), "windows"),
    Product("windows-server", "Microsoft", ("Windows Server",), "windows-server"),
    Product("zyxel", "Zyxel", ("ZLD", "ZyWALL"), "", ("Zyxel",), r"Firewall|CPE|Router|Multiple Products"),
)
"""What the survey can recognise in hospitals and the sources know; chosen by hand, sorted by id."""


_NOTE: Final = "# Made by tools/make_lifecycle.py; edit that, not this. Absence from these tables is never safety.\n"
_PRODUCTS_HEAD: Final = """\
# vendor, names: as profiles/fingerprints writes them. cycles, exploited: whether eol.toml and kev.toml can know it.
source = "Our own table"
"""
_EOL_HEAD: Final = """\
# No eol: the end of support is not set. extended: end of paid support, for information.
source = "endoflife.date, commit {0}, condensed: cycle, eol, eoes, latest"
licence = "MIT, Copyright 2020 endoflife.date contributors; text in LICENSE-endoflife.txt"
data_date = {1}
"""
_KEV_HEAD: Final = """\
# A row without `ranges` is a candidate: the hole is in use, whether this version has it is not known.
# ranges: from and to inclusive, before exclusive. ranges_complete = false: a version outside proves nothing.
source = "CISA Known Exploited Vulnerabilities {version}, commit {0}; ranges: single items of NVD 2.0"
licence = "CC0-1.0 (KEV); NVD: US-government public domain, not endorsed by NVD"
data_date = {date}
"""


def read_releases(text: str) -> Iterator[dict[str, str]]:
    """Read the releases of one endoflife.date page: cycle and the plain fields below it, comments dropped."""
    current: dict[str, str] = {}
    for line in text.split("\n---", 1)[0].splitlines():
        if begin := _RELEASE.match(line):
            if current:
                yield current
            current = {"cycle": _plain(begin["value"])}
        elif current and (found := _FIELD.match(line)):
            current[found["key"]] = _plain(found["value"])
    if current:
        yield current


def _plain(value: str) -> str:
    """Strip quotes and a trailing comment from a YAML scalar."""
    return value.split(" #", 1)[0].strip().strip("\"'")


def cycle_rows(folder: Path) -> Iterator[str]:
    """Give one TOML line per release line; no `eol` means that no end is set."""
    for product in PRODUCTS:
        if not product.cycles:
            continue
        for release in read_releases((folder / f"{product.cycles}.md").read_text("utf-8")):
            eol = release.get("eol", "false")
            parts = [f'product = "{product.id}"', f'cycle = "{release["cycle"]}"']
            if eol != "false":
                parts.append(f"eol = {date.fromisoformat(eol)}")
            if re.fullmatch(r"\d{4}-\d{2}-\d{2}", release.get("eoes", "")):
                parts.append(f"extended = {release['eoes']}")
            parts.append(f'latest = "{release.get("latest", "")}"')
            yield f"    {{ {', '.join(parts)} }},"


def kev_rows(catalogue: Mapping[str, Any], ranges: Mapping[tuple[str, str], str]) -> Iterator[str]:
    """Give one TOML line per listed hole and product of ours; without `ranges` it is a candidate only."""
    rows = [
        (entry["cveID"], product, entry)
        for entry in catalogue["vulnerabilities"]
        for product in PRODUCTS
        if entry["vendorProject"] in product.kev and _names(product, entry)
    ]
    for cve, product, entry in sorted(rows, key=lambda r: (r[1].id, r[0])):
        ransom = str(entry["knownRansomwareCampaignUse"] == "Known").lower()
        known = f", ranges = {ranges[cve, product.id]}" if (cve, product.id) in ranges else ""
        yield (
            f'    {{ product = "{product.id}", cve = "{cve}", listed = {entry["dateAdded"]}, '
            f'ransomware = {ransom}, named = "{entry["product"]}"{known} }},'
        )


def _names(product: Product, entry: Mapping[str, str]) -> bool:
    """Tell whether an entry names a product, in its product cell or, where that says "multiple", in its description."""
    texts = [entry["product"]]
    if entry["product"].startswith("Multiple"):
        texts.append(entry["shortDescription"])
    return any(re.search(product.words, t) for t in texts)


def nvd_ranges(folder: Path) -> dict[tuple[str, str], str]:
    """Read version ranges from single NVD items; keyed by CVE and product, as a TOML array.

    Conditions of several parts (this version on that hardware) are left out, so the ranges are never complete.
    """
    found: dict[tuple[str, str], str] = {}
    for file in sorted(folder.glob("CVE-*.json")):
        item = json.loads(file.read_text("utf-8"))
        simple = [c["nodes"][0] for c in item["configurations"] if len(c["nodes"]) == 1]
        matches = [m for node in simple for m in node["cpeMatch"] if m["vulnerable"]]
        for product in (p for p in PRODUCTS if p.cpe):
            lines = [_range(m) for m in matches if m["criteria"].startswith(product.cpe)]
            if lines:
                found[item["id"], product.id] = f"[{', '.join(lines)}], ranges_complete = false"
    return found


def _range(match: Mapping[str, str]) -> str:
    """Give one range as an inline table: from, to (both inclusive) and before (exclusive), as far as stated."""
    names = {"versionStartIncluding": "from", "versionEndIncluding": "to", "versionEndExcluding": "before"}
    return "{ " + ", ".join(f'{ours} = "{match[theirs]}"' for theirs, ours in names.items() if theirs in match) + " }"


def _origin(folder: Path) -> tuple[str, str]:
    """Give commit and date that a SOURCE.txt states."""
    found = _SOURCE_DATE.search((folder / "SOURCE.txt").read_text("utf-8"))
    if found is None:
        msg = f"{folder / 'SOURCE.txt'}: got no commit with a date, expected `commit <id> <date>`"
        raise ValueError(msg)
    return found["commit"], found["date"]


def build(data: Path) -> dict[str, str]:
    """Build all files from a data folder, name → content."""
    catalogue = json.loads((data / "kev" / "known_exploited_vulnerabilities.json").read_text("utf-8"))
    products = [
        f'    {{ id = "{p.id}", vendor = "{p.vendor}", names = {json.dumps(p.names)}, '
        f"cycles = {str(bool(p.cycles)).lower()}, exploited = {str(bool(p.kev)).lower()} }},"
        for p in PRODUCTS
    ]
    cycles, holes = list(cycle_rows(data / "endoflife")), list(kev_rows(catalogue, nvd_ranges(data / "nvd")))
    return {
        "products.toml": _file(_PRODUCTS_HEAD, "product", products),
        "eol.toml": _file(_EOL_HEAD.format(*_origin(data / "endoflife")), "cycle", cycles),
        "kev.toml": _file(
            _KEV_HEAD.format(
                _origin(data / "kev")[0], version=catalogue["catalogVersion"], date=catalogue["dateReleased"][:10]
            ),
            "kev",
            holes,
        ),
    }


def _file(head: str, key: str, rows: list[str]) -> str:
    """Put one file together."""
    return "\n".join([f"{_NOTE}{head}", f"{key} = [", *rows, "]", ""])


def main() -> int:
    """Write the files, or with --check compare them; exit 1 when they differ."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="folder with endoflife, kev and nvd")
    parser.add_argument("--check", action="store_true", help="compare only")
    options = parser.parse_args()
    stale = []
    for name, content in build(options.data).items():
        target = TARGET / name
        if options.check:
            stale += [name] if not target.exists() or target.read_text("utf-8") != content else []
        else:
            target.write_text(content, "utf-8")
    if stale:
        sys.stderr.write(f"differs: {', '.join(stale)}\n")
    return 1 if stale else 0


if __name__ == "__main__":
    raise SystemExit(main())
