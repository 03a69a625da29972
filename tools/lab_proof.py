"""`make lab-proof`: what a survey promises, held against independent captures of every segment of a container lab.

Each scenario is brought up, surveyed from all its vantages with tcpdump on every segment's bridge, and closed. While it
runs, a program in the survey's own cgroup tries to get out. Prints a table of claims; exit 1 when one does not hold.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from ipaddress import ip_address, ip_network
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, Final

from tools.proving import claims
from tools.proving.capture import Kind, Packet
from tools.proving.claims import Claim, Untouchable
from tools.proving.escape import Aim, Escaping, seen, tries
from tools.proving.lab import Lab, database_rows, lab, sekisho, start
from tools.proving.ledger import Row, ledger_of
from tools.proving.segments import TCPDUMP, Ground, Standing, captured, ground_of

SCENARIOS: Final = ("general-hospital", "pharmacy")
EXCLUDED_PORTS: Final = (3389, 9100)
"""Excluded besides what a scenario excludes: some of its devices listen there, so that there is something to break."""
LIMITS: Final = {
    "packets_per_s": 800,
    "segment_packets_per_s": 400,
    "host_packets_per_s": 50,
    "connections_per_s": 200,
    "open_per_host": 4,
}
"""The lab's pace made slow enough to be felt, and fast enough for minutes instead of hours."""
_PACE: Final = "proof-pace.toml"
_PATIENCE_S: Final = 900
_KINDS: Final = "select distinct vantage, kind from ledger"
_CGROUPS: Final = Path("/proc/self/mounts")


@dataclass(frozen=True, slots=True)
class Case:
    """One surveyed scenario: who stood where, what was allowed, what was captured, what the ledger says."""

    ground: Ground
    config: Mapping[str, Any]
    plan: Sequence[Mapping[str, Any]]
    rows: Sequence[Row]
    captured: Mapping[str, Sequence[Packet]]

    def sent(self, vantage: Standing) -> list[Packet]:
        """Give what left a vantage, where it left it."""
        return [p for p in self.captured[vantage.segment] if p.source_mac == vantage.mac]

    def ours(self) -> list[Packet]:
        """Give what we sent wherever it was seen: each routed packet again on every segment that it crosses."""
        addresses = {a for v in self.ground.vantages for a in v.addresses}
        macs = {v.mac for v in self.ground.vantages}
        every = (p for packets in self.captured.values() for p in packets)
        return [p for p in every if p.source_mac in macs or (p.kind is Kind.IP and p.source in addresses)]

    def is_admitted(self, address: str) -> bool:
        """Tell whether the engagement includes an address and does not exclude it."""
        scope = self.config["scope"]
        return _within(address, scope["include"]) and not _within(address, scope.get("exclude", ()))

    def untouchable(self) -> Untouchable:
        """Give the devices that may get nothing: of T0 by the engagement or by the plan, and those excluded."""
        scope = self.config["scope"]
        by_tier = [a for row in scope.get("tier", ()) if row["tier"] == "T0" for a in row.get("addresses", ())]
        named = {a for a in self.ground.device_of if _within(a, [*by_tier, *scope.get("exclude", ())])}
        named |= {r["address"] for r in self.plan if r["refused"] in {"tier", "exclude"}}
        whole = {a for n in named for a in self.ground.addresses_of(self.ground.device_of.get(n, ""))}
        # a device with one address in scope and another excluded is asked at the first: only the second is kept
        kept = named | {a for a in whole if not self.is_admitted(a)}
        macs = {self.ground.macs[a] for a in kept if a in self.ground.macs}
        return Untouchable(frozenset(kept), frozenset(macs))


def _within(address: str, networks: Iterable[str]) -> bool:
    """Tell whether an address lies in one of some networks."""
    one = ip_address(address) if address else None
    return one is not None and any(one in ip_network(n, strict=False) for n in networks)


def prove(case: Case, pace: Mapping[str, Any]) -> Iterator[tuple[str, Claim]]:
    """Give every claim of a case: (where, claim)."""
    untouchable, ours = case.untouchable(), case.ours()
    admitted_groups = {
        claims.group_of(r["address"]) for r in case.plan if not r["refused"] and ":" in r["address"]
    }  # fmt: skip
    yield "all", claims.unknown_senders(case.captured, case.ground.known())
    yield "all", claims.untouched(ours, untouchable, admitted_groups)
    yield "all", claims.closed_ports(ours, case.config["scope"]["exclude_ports"])
    together: list[Packet] = []
    for vantage in case.ground.vantages:
        sent, rows = case.sent(vantage), [r for r in case.rows if r.vantage == vantage.name]
        together += sent
        checked = [
            claims.outside(sent, case.is_admitted, vantage.hops),
            claims.receivers(sent, case.ground.macs, vantage.hops),
            *claims.pace(sent, pace, case.ground.device_of),
            claims.broadcast_rate(rows, sent),
            *claims.careful(rows, sent),
            *claims.ledger_claims(rows, sent, vantage.hops),
            _stated(sent, untouchable),
        ]
        yield from ((vantage.name, one) for one in checked)
    for one in claims.pace(together, pace, case.ground.device_of)[:1]:
        yield "all", one


def _stated(sent: Sequence[Packet], untouchable: Untouchable) -> Claim:
    """State what our kernel answers by itself; to be told apart from what the survey sends, it breaks nothing."""
    answers = [p for p in sent if p.kind is Kind.ANSWERS]
    kept = [p for p in answers if p.target in untouchable.addresses or p.target_mac in untouchable.macs]
    groups = sum(1 for p in sent if p.kind is Kind.GROUPS)
    figure = f"{len(answers)} answers, {len(kept)} of them to T0 or excluded devices; {groups} group reports"
    return Claim("stated apart: our kernel to those who ask for its address", holds=True, figure=figure)


# --- the run -----------------------------------------------------------------------------------------------------


def prepare(one: Lab) -> tuple[Path, dict[str, Any]]:
    """Give a copy of the engagement with ports excluded and a pace that can be exceeded, and that pace."""
    folder = one.copy(f"{one.work.name}-surveyed")
    text = (Path(__file__).parent.parent / "profiles/pace/lab.toml").read_text("utf-8")
    for name, value in LIMITS.items():
        text, found = re.subn(rf"(?m)^{name} = .*$", f"{name} = {value}", text)
        if found != 1:
            msg = f"lab pace: {name} not found"
            raise SystemExit(msg)
    (folder / _PACE).write_text(text, "utf-8")
    path = folder / "engagement.toml"
    written, config = path.read_text("utf-8"), one.config()
    ports = sorted({*config["scope"].get("exclude_ports", ()), *EXCLUDED_PORTS})
    written = re.sub(r"(?m)^exclude_ports = .*\n", "", written)
    written = written.replace("[scope]\n", f"[scope]\nexclude_ports = {ports}\n", 1)
    written = re.sub(r'(?m)^profile = ".*"', f'profile = "./{_PACE}"', written)
    # what a slow machine makes of a watch is no part of this proof, and must not end the survey halfway
    written = re.sub(r"(?m)^latency_factor = .*$", "latency_factor = 100.0", written)
    path.write_text(written, "utf-8")
    return folder, tomllib.loads(text)


@dataclass(slots=True)
class Breakout:
    """The tries to escape of one vantage: during the survey, and after it as a control that they can succeed."""

    vantage: Standing
    aim: Aim
    program: Escaping
    said: dict[str, str] = field(default_factory=dict)
    survey_ran: bool = False

    def claims(self, during: Sequence[Packet], after: Sequence[Packet]) -> list[Claim]:
        """Give what must hold on the wire: none left while the survey ran, all left when it was over."""
        names = {port: name for port, (name, _) in tries(self.aim).items()}
        got_out = [names[n] for n in sorted(seen(self.aim, during))]
        dead = [names[n] for n in sorted(set(names) - seen(self.aim, after))]
        tried = self.survey_ran and set(self.said) == set(names.values())
        held = f"{len(names)} of {len(names)} held" if tried else "the survey was over too soon"
        return [
            Claim("escape attempts while the survey sends: none on the wire", tried and not got_out,
                  ", ".join(got_out) or held),
            Claim("the same attempts after it: all on the wire", not dead,
                  "not seen: " + ", ".join(dead) if dead else f"{len(names)} of {len(names)} left"),
        ]  # fmt: skip


def breakout(one: Lab, case: Case, vantage: Standing) -> Breakout:
    """Aim at a real device that is not admitted, and at an excluded port of one that is."""
    ground = case.ground
    (source,) = (a for a in vantage.addresses if ":" not in a)
    near = ground.on_segment(vantage.segment)
    untouchable = case.untouchable().addresses
    listening = {a for a, p in ground.open_ports if ":" not in a and a in ground.macs}
    strangers = sorted(a for a in listening - vantage.hops if a in untouchable or not case.is_admitted(a))
    by_wish = sorted(strangers, key=lambda a: (a not in near, not _within(a, case.config["scope"].get("exclude", ()))))
    reached = [r["address"] for r in case.plan if r["vantage"] == vantage.name and not r["refused"]]
    excluded = case.config["scope"]["exclude_ports"]
    hosts = [a for a in reached if a in listening]
    fits = sorted(hosts, key=lambda a: (a not in near, not any((a, p) in ground.open_ports for p in excluded)))
    admitted = fits[0]
    receiver = admitted if admitted in near else next(h for h in vantage.hops if ":" not in h)
    aim = Aim(by_wish[0], admitted, excluded[0], source, vantage.mac, ground.macs[receiver])
    return Breakout(vantage, aim, Escaping(f"{one.netns}-{vantage.name}"))


def survey(folder: Path, breakouts: Sequence[Breakout]) -> None:
    """Survey from all vantages and close; from each vantage, while it sends, try to escape once."""
    with TemporaryFile() as said:
        process = start("survey", folder, "--close", said=said)
        for one in breakouts:
            name = one.vantage.name
            if _until(lambda n=name: _sends(folder, n), process):  # type: ignore[misc]
                one.said = one.program.attempt(one.aim, _cgroup_of(process.pid))
                one.survey_ran = not _over(folder, name)
        if process.wait(timeout=_PATIENCE_S) != 0:
            said.seek(0)
            msg = f"survey: exit {process.returncode}\n{said.read().decode()}"
            raise SystemExit(msg)


def _sends(folder: Path, vantage: str) -> bool:
    """Tell whether the survey has begun to send from a vantage."""
    return vantage in _vantages_with(folder, "connect")


def _over(folder: Path, vantage: str) -> bool:
    """Tell whether the walls of a vantage have been taken down already: its counters are in the ledger then."""
    return vantage in _vantages_with(folder, "kernel")


def _vantages_with(folder: Path, kind: str) -> set[str]:
    """Give the vantages that have ledger rows of a kind; none while the database doesn't have its tables yet."""
    if not (folder / "survey.db").is_file():
        return set()
    try:
        return {vantage for vantage, found in database_rows(folder, _KINDS) if found == kind}
    except sqlite3.OperationalError:
        return set()


def _until(holds: Callable[[], bool], process: subprocess.Popen[bytes]) -> bool:
    """Wait until something holds while the survey runs; tell whether it did."""
    limit = time.monotonic() + _PATIENCE_S
    while not holds():
        if process.poll() is not None or time.monotonic() > limit:
            return False
        time.sleep(0.05)
    return True


def _cgroup_of(pid: int) -> Path:
    """Give the survey's own cgroup."""
    mounts = (line.split() for line in _CGROUPS.read_text("utf-8").splitlines())
    mount = next(Path(fields[1]) for fields in mounts if fields[2] == "cgroup2")
    own = next(x for x in Path(f"/proc/{pid}/cgroup").read_text("utf-8").splitlines() if x.startswith("0::"))
    return mount / own.removeprefix("0::").strip("/")


def prove_scenario(scenario: str, folder: Path) -> list[tuple[str, Claim]]:
    """Bring one scenario up, survey it beside the captures, and hold them against each other."""
    with lab(scenario, folder, "container") as one:
        engagement, pace = prepare(one)
        ground = ground_of(one.work)
        plan = json.loads(sekisho("survey", engagement, "--dry-run", "--json").stdout)
        config = tomllib.loads((engagement / "engagement.toml").read_text("utf-8"))
        before = Case(ground, config, plan, (), {})
        with _breakouts(one, before) as breakouts:
            with captured(one.netns, ground.bridges, folder / f"{scenario}-captures") as capture:
                survey(engagement, breakouts)
            with captured(one.netns, ground.bridges, folder / f"{scenario}-control") as control:
                for each in breakouts:
                    each.program.attempt(each.aim, None)
        case = Case(ground, config, plan, ledger_of(engagement), capture.packets())
    lost = Claim("frames that tcpdump had no room for", capture.lost == 0, str(capture.lost))
    after = replace(case, captured=control.packets())
    tried = [(b.vantage.name, c) for b in breakouts for c in b.claims(case.sent(b.vantage), after.sent(b.vantage))]
    return [("all", lost), *prove(case, pace), *tried]


@contextmanager
def _breakouts(one: Lab, case: Case) -> Iterator[list[Breakout]]:
    """Have a program wait at every vantage."""
    waiting: list[Breakout] = []
    try:
        waiting += [breakout(one, case, v) for v in case.ground.vantages]
        yield waiting
    finally:
        for each in waiting:
            each.program.end()


def table(scenario: str, found: Sequence[tuple[str, Claim]]) -> str:
    """Write the claims of a scenario as a table."""
    width = max(len(where) for where, _ in found)
    wide = max(len(claim.text) for _, claim in found)
    lines = [f"{'ok  ' if c.holds else 'FAIL'} {where:<{width}}  {c.text:<{wide}}  {c.figure}" for where, c in found]
    return "\n".join([f"== {scenario}", *lines])


def main() -> int:
    """Prove all scenarios, or those named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scenarios", nargs="*", default=SCENARIOS)
    parser.add_argument("--keep", type=Path, help="keep captures and folders here")
    options = parser.parse_args()
    if not Path(TCPDUMP).exists():
        print("tcpdump is missing: make lab-setup", file=sys.stderr)
        return 2
    folder = (options.keep or Path(tempfile.mkdtemp(prefix="sekisho-lab-proof-"))).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    broken = 0
    try:
        for scenario in options.scenarios:
            found = prove_scenario(scenario, folder)
            print(table(scenario, found), flush=True)
            broken += sum(not claim.holds for _, claim in found)
    finally:
        if options.keep is None:
            shutil.rmtree(folder, ignore_errors=True)
    print(f"lab-proof: {broken} claims broken" if broken else "lab-proof: every claim holds")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
