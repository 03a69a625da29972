"""Writes the page of the endpoint benchmark."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Final

from tools.benching.discovery import version_of
from tools.benching.endpoints import ike
from tools.benching.endpoints.configurations import MAKERS, NAMED, SSH, Configuration, drawn
from tools.benching.endpoints.explained import explanation
from tools.benching.endpoints.facts import IKE_KINDS, KINDS, SSH_KINDS, kinds_of
from tools.benching.endpoints.installing import ENVIRONMENT, FROM_PYPI
from tools.benching.endpoints.kept import Measured
from tools.benching.endpoints.measuring import DRAWN_LIMIT_S, LIMIT_S, TARPIT_LIMIT_S, Asked
from tools.benching.endpoints.peers import IKE_SCAN, PEERS, SSH_AUDIT, Peer
from tools.benching.endpoints.starting import is_here

PAGE: Final = Path(__file__).parents[3] / "docs" / "benchmarks" / "endpoints.md"
_HEAD: Final = """| target | tool | {kinds} | wrong | connections | packets in / out | bytes in / out | wall s | CPU s |
|---|---|{rules}---|---|---|---|---|---|"""
_NO_END: Final = "it does not come to an end at this server, and writes down nothing before"
_VERSIONS: Final = (
    ("nmap", "--version"), ("sslscan", "--version"), ("testssl", "--version"), ("openssl", "version"),
    ("gnutls-serv", "--version"), ("java", "-version"), ("go", "version"), ("ike-scan", "--version"), ("ssh", "-V"),
    ("ipsec", "--version"),
)  # fmt: skip


def _counts(row: Asked, kinds: Sequence[str]) -> list[str]:
    """Write found of true facts, kind by kind; a dash where the tool was not asked."""
    return ["/".join(map(str, row.compared.of(k))) if k in row.asks else "–" for k in kinds]


def row_text(row: Asked) -> str:
    """Write one row for the terminal, with what is missed or wrong."""
    cost, kinds = row.cost, kinds_of(row.asks)
    parts = [f"{row.target:28} {row.tool:14}", *_counts(row, kinds), f"wrong {len(row.compared.wrong)}"]
    parts += [f"{cost.connections} connections", f"{cost.packets}/{cost.packets_back}", f"{cost.seconds:.2f} s"]
    lines = [" ".join(parts)]
    for word, facts in (("missed", row.compared.missed), ("wrong", row.compared.wrong)):
        is_told = word == "wrong" or row.tool != "sekisho, quick"
        shown = sorted(" ".join(f) for f in facts if f[0] in row.asks and is_told)
        lines += [f"    {word}: {', '.join(shown)}"] if shown else []
    return "\n".join(lines)


def _table(rows: Sequence[Asked], kinds: Sequence[str]) -> str:
    """Write the table of costs."""
    lines = [_HEAD.format(kinds=" | ".join(kinds), rules="---|" * len(kinds))]
    for r in rows:
        c, end = r.cost, "" if r.cost.ended else ", killed"
        own = f" ({r.inner_s:.2f})" if r.inner_s else ""
        lines.append(
            f"| {r.target} | {r.tool} | {' | '.join(_counts(r, kinds))} | {len(r.compared.wrong)} | {c.connections}"
            f" | {c.packets:,} / {c.packets_back:,} | {c.bytes:,} / {c.bytes_back:,}"
            f" | {c.seconds:.2f}{own}{end} | {c.cpu_s:.2f} |"
        )
    return "\n".join(lines)


def budget(wanted: Configuration) -> int:
    """Give the connections that a full list may cost by the configuration itself (ADR 0024, 5)."""
    groups = {g[1] for g in wanted.truth() if g[0] == "group"}
    listed = next((v for v in ("tls1.2", "tls1.1", "tls1.0") if v in wanted.versions), "")
    lists = (max(len(wanted.takes(v)), len(groups) if v in {"tls1.3", listed} else 0) + 1 for v in wanted.versions)
    return sum(lists) + len(wanted.keys) - 1 + 8


def _ratios(rows: Sequence[Asked]) -> str:
    """Compare connections: with the budget, with the leanest peer that lists the same, with sslyze."""
    head = "| target | ours, full | budget | quick | leanest peer that lists as much | ratio | sslyze | ratio |"
    lines = [head, "|---" * 8 + "|"]
    for one in NAMED:
        here = {r.tool: r for r in rows if r.target == one.name}
        if not here:
            continue
        full, quick = here["sekisho, full"].cost.connections, here["sekisho, quick"].cost.connections
        able = [r for t, r in here.items() if r.is_whole and not t.startswith("sekisho")]
        least = min(able, key=lambda r: r.cost.connections, default=None)
        lean = f"{least.tool}, {least.cost.connections} | {full / least.cost.connections:.2f}" if least else "none | –"
        sslyze = here.get("sslyze")
        last = f"{sslyze.cost.connections} | {full / sslyze.cost.connections:.3f}" if sslyze else "– | –"
        lines.append(f"| {one.name} | {full} | {budget(one)} | {quick} | {lean} | {last} |")
    return "\n".join(lines)


def _agreement(rows: Sequence[Asked]) -> str:
    """Write the table of the drawn configurations."""
    configurations = {c.name: c for c in drawn()}
    tools = list(dict.fromkeys(r.tool for r in rows))
    head = f"| configuration | versions | suites | groups | keys | client | budget | {' | '.join(tools)} |"
    lines = [head, "|---" * (7 + len(tools)) + "|"]
    for name, one in configurations.items():
        here = {r.tool: r for r in rows if r.target == name}
        if not here:
            continue
        cells = [_said(here[t]) if t in here else "–" for t in tools]
        suites = sum(f[0] == "suite" for f in one.truth())
        versions = ", ".join(v.removeprefix("tls") for v in one.versions)
        groups = sum(f[0] == "group" for f in one.truth())
        lines.append(
            f"| {name} | {versions} | {suites} | {groups} | {'+'.join(one.keys)} | {one.client} | {budget(one)}"
            f" | {' | '.join(cells)} |"
        )
    return "\n".join(lines)


def _over(rows: Sequence[Asked]) -> str:
    """Name the drawn configurations at which ours in full went beyond the budget."""
    limits = {c.name: budget(c) for c in drawn()}
    ours = ((r, limits[r.target]) for r in rows if r.tool == "sekisho, full")
    return ", ".join(f"{r.target} by {r.cost.connections - b}" for r, b in ours if r.cost.connections > b) or "none"


def _said(row: Asked) -> str:
    """Write what came out: agreement or the number of differences, and the connections."""
    missed = sum(f[0] in row.asks for f in row.compared.missed)
    if row.tool == "sekisho, quick":
        kept = {"version", "client"}
        missed = sum(f[0] in kept for f in row.compared.missed)
    differs = "agrees" if not missed and not row.compared.wrong else f"−{missed} +{len(row.compared.wrong)}"
    return f"{differs}, {row.cost.connections}"


def _differences(rows: Sequence[Asked]) -> str:
    """Write every difference once, with its explanation."""
    lines = ["| configuration | tool | difference | explanation |", "|---|---|---|---|"]
    for row in rows:
        if row.tool == "sekisho, quick":
            continue
        for word, facts in (("misses", row.compared.missed), ("adds", row.compared.wrong)):
            for kind in kinds_of(row.asks):
                of_kind = sorted(" ".join(f[1:]) for f in facts if f[0] == kind)
                if of_kind and kind in row.asks:
                    why = explanation(row.tool, word, kind, row.target, of_kind) if row.cost.ended else _NO_END
                    lines.append(f"| {row.target} | {row.tool} | {word} {kind}: {', '.join(of_kind)} | {why} |")
    return "\n".join(lines)


def _command(peer: Peer) -> str:
    """Write how a peer is called, without where it is installed."""
    return " ".join(peer.command(Path("OUT"), "HOST", 443)).replace(f"{ENVIRONMENT}/bin/", "")


def _head(on: str) -> str:
    """Write what was measured, and how."""
    peers = (*PEERS, SSH_AUDIT, IKE_SCAN)
    absent = [p.name for p in peers if not p.is_here] + [m.name for m in MAKERS if not is_here(m.name)]
    absent += [] if ike.is_here() else ["strongSwan"]
    asked = (version_of(*v) for v in _VERSIONS if shutil.which(v[0]))
    versions = ", ".join((*asked, f"tlslite-ng {version('tlslite-ng')}", *FROM_PYPI))
    commands = "\n".join(f"- {p.name}: `{_command(p)}`" for p in peers)
    return f"""# Endpoints: what is found, and what it costs the endpoint

Measured {on}; {versions}.
Absent here: {", ".join(absent) or "none of the peers and implementations asked for"}.
Written by `make bench-endpoints`; figures, not promises.

Two network namespaces on one machine. Connections (SYNs), packets and bytes are counted at the server's end of the
cable; in: from the tool. Wall time is that of the whole process, its start included, the least of three runs where one
takes no longer than 5 s (drawn configurations, tarpit, IKE: one run), all tools in turn; in brackets, of ours, the
asking alone. Other work on the machine (its load average stands above) can only make times longer; CPU time shows what
is left of that. Ours is the scanner through the gate (admission, pace, ledger) in the lab pace, without a database and
without a report. Each tool is ended after {LIMIT_S:.0f} s, at the tarpit after {TARPIT_LIMIT_S:.0f}, at a drawn
configuration after {DRAWN_LIMIT_S:.0f}. There is no resolver in the namespaces. sslyze and sslscan are told a server
name: given an address alone, they send it as server name, which RFC 6066 forbids and tlslite-ng answers with an alert.
What a peer does besides is switched off where it can be: vulnerabilities (sslscan), the rate of
connections (ssh-audit).

{commands}
"""


def walls(rows: Sequence[Asked]) -> str:
    """Compare wall times: with the fastest peer that finds all that ours finds, and with the fastest of all."""
    head = (
        "| target | sekisho, full (CPU) | fastest peer that finds as much (CPU) | ratio | fastest of all | it misses |"
    )
    lines = [head, "|---" * 6 + "|"]
    for target in dict.fromkeys(r.target for r in rows):
        here = [r for r in rows if r.target == target]
        mine = next(r for r in here if r.tool in {"sekisho, full", "sekisho"})
        peers = [r for r in here if not r.tool.startswith("sekisho")]
        able = min((r for r in peers if r.finds(mine)), key=lambda r: r.cost.seconds, default=None)
        best = min(peers, key=lambda r: r.cost.seconds, default=None)
        own = mine.cost.seconds
        equal = f"{able.tool}, {_times(able)} | {own / able.cost.seconds:.2f}" if able else "none | –"
        lost = len(mine.compared.found - best.compared.found) if best else 0
        first = f"{best.tool}, {best.cost.seconds:.2f} | {lost} of {len(mine.compared.found)}" if best else "none | –"
        lines.append(f"| {target} | {_times(mine)} | {equal} | {first} |")
    return "\n".join(lines)


def _times(row: Asked) -> str:
    """Write wall and CPU time."""
    return f"{row.cost.seconds:.2f} ({row.cost.cpu_s:.2f})"


def page(measured: Measured) -> str:
    """Write the page."""
    named, many = measured.named, measured.many
    tls, ssh, vpn = ([r for r in named if kinds_of(r.asks) is k] for k in (KINDS, SSH_KINDS, IKE_KINDS))
    ours = [r for r in many if r.tool == "sekisho, full"]
    agreeing = sum(not r.compared.missed and not r.compared.wrong for r in ours)
    quick = max((r.cost.connections for r in (*tls, *many) if r.tool == "sekisho, quick"), default=0)
    return f"""{_head(measured.on)}
## TLS: facts and cost

Found of what is configured, by kind of fact; – where the tool was not asked for it. Quick answers what the checks
need (versions, weakest suites, certificate, client certificate), and lists nothing.

{_table(tls, KINDS)}

The tarpit takes connections and never answers: there is nothing to find, and what counts is when a tool gives up.
Ours gives up after one connection (docs/adr/0019): who stays silent to the first hello is not asked a second one.

## Wall time

Seconds. Facts of every kind of the tables count; who was not asked for a kind, or can't be, misses it.

{walls([r for r in named if r.target != "tarpit"])}

## Connections against the budget and the peers

{_ratios(tls)}

Most connections of depth quick on any target: {quick}.

Groups are one list here, whatever the version. Where a server takes more groups than suites, the groups set the floor.

## SSH

{_table(ssh, SSH_KINDS)}

Targets: OpenSSH; {", ".join(c.name for c in SSH)}. Shown key: host keys seen, not only offered.

## IKE

{_table(vpn, IKE_KINDS)}

Targets: strongSwan, on UDP port 500, started anew for each tool; {", ".join(c.name for c in ike.IKE)}. ike-scan sends
main mode, aggressive mode and version 2 once each and shows what the responder chose of its offer; ours asks on until
it knows what else is taken. Of version 1 ours lists two suites beside version 2, three without (scanners/ike/probe.py).

## {len(ours)} configurations

Drawn over versions, suites, groups, certificates and client certificates, the same each time. Agrees: every fact that
the tool was asked for, and none besides; else −missed +added; then the connections. Ours in full agrees with the
configuration in {agreeing} of {len(ours)}; more connections than the budget: {_over(many)}. Quick is held against
versions and client certificate, and may add nothing.

{_agreement(many)}

### Every difference

{_differences([*named, *many])}
"""
