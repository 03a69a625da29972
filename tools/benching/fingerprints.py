"""`make bench-fingerprints`: our fingerprint table against the examples of recog; writes the page.

The examples (BSD-2-Clause, Rapid7) are read beside the repository and never copied; their patterns are not looked at.
Each example goes through the same path as an answer from the wire: text → fact → `recognise` → best name.

Of the kinds in SPLIT, rows are written with one half of the examples in view; the other half is kept back and only
counted. Examples that one row of recog covers stand in the same half: beside a sibling in view none is a stranger.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import re
import sys
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from sekisho.inventory.fingerprints import Fingerprint, parse_fingerprints
from sekisho.inventory.index import Index
from sekisho.inventory.products import best, recognise
from sekisho.inventory.words import vendor_name
from sekisho.model.facts import Certificate, CertificateChain, Fact, Greeting, HttpAnswer, ProductSeen, SnmpSystem
from sekisho.model.observations import Observation
from sekisho.model.ssh_facts import SshDirection, SshOffer
from sekisho.model.subjects import Subject
from sekisho.profile_files import profile_names, read_profile

ROOT: Final = Path(__file__).parents[2]
EXAMPLES: Final = ROOT.parent / "shared" / "data" / "recog"
PAGE: Final = ROOT / "docs" / "benchmarks" / "fingerprints.md"
NETWORK: Final = frozenset({
    "Router", "Switch", "WAP", "Firewall", "VPN", "Broadband Router", "Cable Modem", "DOCSIS Cable Modem",
    "ADSL Router", "ADSL Modem", "DSL Modem", "ATM DSL Unit", "DSLAM", "DSU/CSU", "Multiplexer", "Frame Relay", "Hub",
    "Load Balancer", "Web Proxy", "WAN Accelerator", "IPS", "IDS", "NAC", "Security Appliance", "Network Appliance",
    "Remote Access Server", "Network",
})  # fmt: skip
"""Kinds of devices that forward or filter other machines' traffic: what an outside connection ends at."""
SPLIT: Final = ("html_title", "x509_subjects", "x509_issuers", "snmp_sysobjid", "http_cookies")
"""Kinds of texts of which one half is kept back from whoever writes rows."""
_SUBJECT: Final = Subject("service:192.0.2.1/tcp/1")
_REALM: Final = re.compile(r'realm="?([^"]*)"?', re.IGNORECASE)
_PACK: Final = re.compile(r"SP\d")
"""Service packs, which recog puts where the version belongs: of another scale than the numbers in these texts."""
_WORD: Final = re.compile(r"[a-z]+|\d+")
_MOST_LISTED: Final = 60
_TELLING: Final = 3
"""Letters that make a name found inside another more than chance (XOS in ExtremeXOS)."""
_COLUMNS: Final = """\
| examples | number | maker recall | maker and product recall | named | precision | versions | equal |
|---|---|---|---|---|---|---|---|"""
_HEAD: Final = """\
# Fingerprints against recog's examples

Made by `make bench-fingerprints` from {examples} examples of recog (`../shared/data/recog`, BSD-2-Clause, Rapid7) and
the {rows} rows of `profiles/fingerprints`. No pattern of recog is in this project, and of its examples only texts that
have no other form (a fixed title, a header that is a product's name): {alike} rows have such an example.

- Network devices: what forwards or filters other machines' traffic, by the example's own kind of device, as far as the
  example names a maker.
- Recall: examples in which we name the right maker (and product).
- Precision: of those in which we name a maker, the right ones; a maker of hardware, operating system or service that
  the example names is right, and so is the name of its family (Linux).
- Versions: where both state one.
- Counted are the kinds of texts whose file stands there; icons are hashes, of which a row knows one or does not, and
  are not counted.

## Kinds of texts that were in view in whole

The rows for these were written with all examples in view, so the figures say what the table knows, not how it does on
devices that it has not met. Left out on purpose: texts that anybody's device may say (realms "access" and "System
Setup", `AC1000 login:`, `NET-DK`), although recog gives them a maker.

{columns}"""
_SECOND: Final = f"""
## Kinds of texts with one half kept back

Written with one half in view; what was found in the other half came in only as these figures. A half is chosen by the
hash of an example, and examples of one row of recog stay together. Where one that is kept back was named wrongly, our
row's name was told and the row made narrower. Other devices: printers, cameras, storage, power, telephony,
remote-control boards and whatever else has a kind in recog.

Not kept back in earnest: the subjects of *network devices'* certificates and six titles (FatPipe), which were once
printed in whole before the halves were made; recog's bare list of all makers' names was in view, too.

{_COLUMNS}"""


@dataclass(frozen=True, slots=True)
class Example:
    """One example with what it stands for: names of makers, families (Linux), products, kind of device, versions."""

    source: str
    text: str
    vendors: frozenset[str]
    families: frozenset[str]
    products: frozenset[str]
    device: str
    versions: frozenset[str]
    kept_back: bool = False

    @property
    def is_network(self) -> bool:
        """Tell whether it comes from a network device."""
        return self.device in NETWORK

    @property
    def is_told(self) -> bool:
        """Tell whether it names a maker, so that there is something to find."""
        return bool(self.vendors)


@dataclass(frozen=True, slots=True)
class Result:
    """One example and what our table says of it."""

    example: Example
    seen: ProductSeen | None

    @property
    def vendor_is_right(self) -> bool:
        """Tell whether we name one of its makers, or a family that has no other name of its maker (Linux)."""
        known = self.example.vendors | self.example.families
        return self.seen is not None and vendor_name(self.seen.vendor) in known

    @property
    def product_is_right(self) -> bool:
        """Tell whether we name one of its products, too, or the example names none."""
        if self.seen is None or not self.vendor_is_right:
            return False
        ours = self.seen.product
        return not self.example.products or any(_same_product(ours, theirs) for theirs in self.example.products)

    @property
    def version_is_right(self) -> bool | None:
        """Tell whether a version that the example states is ours; None where it states none or we have none."""
        if not self.example.versions or self.seen is None or not self.seen.version:
            return None
        ours = _words(self.seen.version)
        return any(_words(v) <= ours or ours <= _words(v) for v in self.example.versions)


def _facts() -> dict[str, Callable[[str], Fact]]:
    """Give the fact that an answer of each kind is read into."""
    return {
        "ssh_banners": _ssh,
        "http_servers": lambda text: _http(server=text),
        "http_wwwauth": lambda text: _http(realm=found[1] if (found := _REALM.search(text)) else text),
        "ftp_banners": lambda text: Greeting("ftp", f"220 {text}", len(text)),
        "telnet_banners": lambda text: Greeting("telnet", text, len(text)),
        "snmp_sysdescr": lambda text: SnmpSystem("v2c", text, "", ""),
        "html_title": lambda text: _http(title=text),
        "x509_subjects": lambda text: _certificate(subject=text),
        "x509_issuers": lambda text: _certificate(issuer=text),
        "snmp_sysobjid": _object_id,
        "http_cookies": lambda text: replace(_http(), headers=(("set-cookie", text.partition("=")[0]),)),
    }


def _ssh(text: str) -> SshOffer:
    """Make the fact of an SSH banner; examples lack the protocol before it."""
    nothing = SshDirection((), (), ())
    return SshOffer(f"SSH-2.0-{text}", "2.0", text.split(" ", 1)[0], (), (), nothing, nothing)


def _object_id(text: str) -> SnmpSystem:
    """Make the fact of an object id; examples put the description behind it."""
    object_id, _, description = text.partition(" ")
    return SnmpSystem("v2c", description, "", object_id)


def _certificate(*, subject: str = "", issuer: str = "") -> CertificateChain:
    """Make the fact of a certificate with this subject or issuer."""
    at = datetime(2000, 1, 1, tzinfo=UTC)
    leaf = Certificate("0" * 64, subject, issuer, "", (), at, at, "rsa", 2048, "sha256", False)
    return CertificateChain("", (leaf,))


def _http(*, server: str = "", realm: str = "", title: str = "") -> HttpAnswer:
    """Make the fact of an HTTP answer."""
    return HttpAnswer(
        401 if realm else 200, False, server, title, "basic" if realm else "", realm, "", False, (), "", ""
    )


def examples(folder: Path) -> Iterator[Example]:
    """Read all examples of the kinds that we look at."""
    for source in kinds_in(folder):
        for row in ET.parse(folder / f"{source}.xml").getroot().iter("fingerprint"):  # noqa: S314 - a file of our own
            fixed = {p.get("name", ""): p.get("value", "") for p in row.iter("param")}
            texts = [_text(example) for example in row.iter("example")]
            back = source in SPLIT and is_kept_back(texts)
            for example, text in zip(row.iter("example"), texts, strict=True):
                given = fixed | {k: v for k, v in example.attrib.items() if not k.startswith("_")}
                yield replace(_example(source, text, given), kept_back=back)


def kinds_in(folder: Path) -> tuple[str, ...]:
    """Give the kinds of texts that stand in a folder."""
    return tuple(source for source in _facts() if (folder / f"{source}.xml").is_file())


def _text(example: ET.Element) -> str:
    """Give the text of an example."""
    text = example.text or ""
    if example.get("_encoding") == "base64":
        text = base64.b64decode(text).decode("latin-1")
    return text.strip()


def is_kept_back(texts: Sequence[str]) -> bool:
    """Tell whether the examples of one row are kept back: a bit of the first one's hash decides on every machine."""
    return bool(texts) and hashlib.sha256(texts[0].encode()).digest()[0] % 2 == 1


def _example(source: str, text: str, given: dict[str, str]) -> Example:
    """Put together what one example stands for."""
    parts = ("hw", "os", "service")
    vendors = {vendor_name(given[k]) for p in parts if given.get(k := f"{p}.vendor")}
    families = {vendor_name(given[k]) for p in parts if vendors and given.get(k := f"{p}.family")}
    products = {
        given[k] for p in parts for n in ("product", "family", "model") if "{" not in given.get(k := f"{p}.{n}", "{")
    }
    versions = {v for p in parts if (v := given.get(f"{p}.version", "")) and "{" not in v and not _PACK.fullmatch(v)}
    device = given.get("hw.device") or given.get("os.device") or given.get("service.device") or ""
    return Example(
        source, text, frozenset(vendors), frozenset(families), frozenset(products), device, frozenset(versions)
    )


def results(found: Sequence[Example], table: Sequence[Fingerprint]) -> list[Result]:
    """Recognise every example by itself."""
    made, at = _facts(), datetime(2000, 1, 1, tzinfo=UTC)
    done: list[Result] = []
    for example in found:
        fact = made[example.source](example.text)
        index = Index([Observation("o", _SUBJECT, fact, at, "", ("e",))])
        hits = recognise(index, table).get(_SUBJECT, ())
        done.append(Result(example, best(hits)))
    return done


def shipped() -> tuple[Fingerprint, ...]:
    """Read the fingerprint table."""
    return parse_fingerprints((n, read_profile("fingerprints", f"{n}.toml")) for n in profile_names("fingerprints"))


def _same_product(one: str, other: str) -> bool:
    """Tell whether two names mean one product: the words of one stand in the other, or one is the other's initials."""
    a, b = _words(one), _words(other)
    if not a or not b:
        return False
    short, long = sorted(("".join(_WORD.findall(n.casefold())) for n in (one, other)), key=len)
    initials = {"".join(w[0] for w in n.casefold().split()) for n in (one, other)}
    return a <= b or b <= a or (len(short) >= _TELLING and short in long) or short in initials


def _words(name: str) -> frozenset[str]:
    """Give the words and numbers of a name."""
    return frozenset(_WORD.findall(name.casefold()))


@dataclass(frozen=True, slots=True)
class Score:
    """Figures of a group. named: those in which we name a maker; versions: those in which both state one."""

    examples: int
    vendor: int
    product: int
    named: int
    right: int
    versions: int
    versions_right: int

    @classmethod
    def of(cls, group: Sequence[Result]) -> Score:
        """Count a group; what names a maker where the example names none is not counted as named."""
        named = [r for r in group if r.seen and r.seen.vendor and r.example.vendors]
        versions = [v for r in group if r.vendor_is_right and (v := r.version_is_right) is not None]
        return cls(
            len(group), sum(r.vendor_is_right for r in group), sum(r.product_is_right for r in group), len(named),
            sum(r.vendor_is_right for r in named), len(versions), sum(versions),
        )  # fmt: skip

    def cells(self, name: str) -> str:
        """Write the table row."""
        return (
            f"| {name} | {self.examples} | {_share(self.vendor, self.examples)} | {_share(self.product, self.examples)}"
            f" | {self.named} | {_share(self.right, self.named)} | {self.versions} |"
            f" {_share(self.versions_right, self.versions)} |"
        )


def _share(part: int, whole: int) -> str:
    """Print a share, cut and not rounded: 89.99 % is not 90 %."""
    return f"{part * 1000 // whole / 10:.1f} %" if whole else "–"


def page(done: Sequence[Result], table: Sequence[Fingerprint]) -> str:
    """Write the page."""
    seen = [r for r in done if r.example.source not in SPLIT]
    network = [r for r in seen if r.example.is_network and r.example.is_told]
    kinds = [s for s in _facts() if s not in SPLIT]
    others = [r for r in seen if r.example.device and not r.example.is_network and r.example.is_told]
    rows = _rows("network devices", network, kinds) + _rows("other devices", others, kinds)
    rows += _rows("all examples", seen, kinds)
    wrong = Counter(
        f"- {r.example.source}: ours {r.seen.vendor} ({r.seen.pattern}), {_theirs(r.example)}"
        for r in done
        if r.seen and r.seen.vendor and r.example.is_told and not r.vendor_is_right
    )
    missed = Counter(", ".join(sorted(r.example.vendors)) for r in network if not r.vendor_is_right)
    makers = "; ".join(f"{v} {n}" for v, n in missed.most_common(_MOST_LISTED)) or "none"
    lines = [
        _HEAD.format(examples=len(done), rows=len(table), alike=_alike(done, table), columns=_COLUMNS),
        *rows,
        _SECOND,
        *_halves(done),
        "",
        f"Named wrongly: {wrong.total()}.",
        "",
        *(f"{line}{f' ({n} times)' if n > 1 else ''}" for line, n in wrong.items()),
        "",
        f"Network devices missed in the kinds of the first table, by maker: {makers}.",
    ]
    return "\n".join(lines) + "\n"


def _theirs(example: Example) -> str:
    """Say whom a wrongly named example stands for, not where it is kept back: our row is told, to be made narrower."""
    return "example kept back" if example.kept_back else f"example {', '.join(sorted(example.vendors))}"


def _alike(done: Sequence[Result], table: Sequence[Fingerprint]) -> int:
    """Count our rows whose own example is also one of recog's, apart from what a protocol puts before it."""
    theirs = {r.example.text for r in done}
    return sum(any(f.example.removeprefix(p) in theirs for p in ("", "220 ", "SSH-2.0-")) for f in table)


def _rows(name: str, group: Sequence[Result], kinds: Sequence[str]) -> list[str]:
    """Write the rows of a group: the sum, then each kind of text."""
    parts = [(s, [r for r in group if r.example.source == s]) for s in kinds]
    return [Score.of(group).cells(f"**{name}**"), *(Score.of(part).cells(f"· {s}") for s, part in parts if part)]


def _halves(done: Sequence[Result]) -> list[str]:
    """Write the rows of the kinds with a half kept back: the two halves of each group under each other."""
    split = [r for r in done if r.example.source in SPLIT]
    groups = {
        "network devices": [r for r in split if r.example.is_network and r.example.is_told],
        "other devices": [r for r in split if r.example.device and not r.example.is_network and r.example.is_told],
        "all examples": split,
    }
    lines: list[str] = []
    for name, group in groups.items():
        for half, is_back in (("in view", False), ("kept back", True)):
            lines += _rows(f"{name}, {half}", [r for r in group if r.example.kept_back is is_back], SPLIT)
    return lines


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures and write the page; without the examples, say so."""
    parser = argparse.ArgumentParser(prog="python -m tools.benching.fingerprints")
    parser.add_argument("--examples", type=Path, default=EXAMPLES)
    parser.add_argument("--missed", action="store_true", help="print the missed examples of devices that are in view")
    options = parser.parse_args(arguments)
    if not options.examples.is_dir():
        print(f"no examples at {options.examples}: nothing measured, docs/benchmarks/fingerprints.md left as it is")
        return 0
    table = shipped()
    done = results(tuple(examples(options.examples)), table)
    text = page(done, table)
    PAGE.write_text(text, encoding="utf-8")
    print(text)
    if options.missed:
        for r in done:
            if r.example.device and r.example.is_told and not r.vendor_is_right and not r.example.kept_back:
                print(f"{r.example.source}\t{'/'.join(sorted(r.example.vendors))}\t{r.example.text[:150]!r}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
