"""What the survey could not see, and why: said once, plainly, with the subjects concerned."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Final

from sekisho.assessment.coverage import blind_devices
from sekisho.assessment.kit import Kit
from sekisho.assessment.survey import Blind, Survey
from sekisho.assessment.waivers import Waivers
from sekisho.assessment.wording import vantage_names
from sekisho.inventory.observe import MOST_DAYS_OLD, is_current
from sekisho.messages.both import both, both_named
from sekisho.model.artefacts import ALL_OPEN, BANNED, CAPTIVE, FELL_SILENT
from sekisho.model.attempts import NOT_FINISHED, TIME_LIMIT, WATCH, WATCHED, WATCHED_ELSEWHERE, Outcome
from sekisho.model.config_facts import ConfigLogging, ConfigRead, ConfigTime, ConfiguredAccess
from sekisho.model.engagement import MOST_WALKED, Method
from sekisho.model.facts import HostAnswered
from sekisho.model.jump_host import MOST_SYNS, is_jump
from sekisho.model.report import LimitPart
from sekisho.model.subjects import FACILITY, address_of, host
from sekisho.model.topics import TOPICS
from sekisho.registry import Stage

_IPV6: Final = 6
_EXTERNAL: Final = "external"
_UNFINISHED: Final = {
    "not_finished": NOT_FINISHED, "banned": BANNED, "fell_silent": FELL_SILENT, "cut_off": TIME_LIMIT,
    "all_open": ALL_OPEN,
}  # fmt: skip
"""Limits of devices that were not asked to the end, by how the details of their attempts begin."""
_OF_CONFIGURATIONS: Final = (ConfigLogging, ConfigTime, ConfiguredAccess)
_STAGES: Final = ("capture", "config")


def limits(survey: Survey, kit: Kit, stages: Iterable[str], waivers: Waivers) -> tuple[LimitPart, ...]:
    """Give every limit of this run, sorted by id."""
    found = (
        *_devices(survey),
        *_intake(survey),
        *_registers(survey),
        *_waivers(waivers),
        *_places(survey),
        *_breaks(survey),
        *_data(survey, kit),
        *_methods(survey, frozenset(stages)),
        *_topics(survey, kit),
    )
    return tuple(sorted(found, key=lambda limit: limit.id))


def _limit(name: str, subjects: Iterable[str] = (), **values: object) -> LimitPart:
    """Make one limit; `count` is the number of its subjects unless given."""
    listed = tuple(sorted(set(subjects)))
    values.setdefault("count", len(listed))
    return LimitPart(id=name, what=both(f"assessment.limit.{name}", **values), subjects=listed)


def _topics(survey: Survey, kit: Kit) -> Iterator[LimitPart]:
    """Name the topics that nothing judged: no check of this version, or none without configurations to read."""
    judged = {c.topic for c in kit.checks.values()}
    if unjudged := sorted(TOPICS - judged):
        yield _limit("topics_not_judged", count=len(unjudged), topics=both_named("report.topic", *unjudged))
    readable = {c.topic for c in kit.checks.values() if c.observes not in _OF_CONFIGURATIONS}
    if not survey.inventory.index.every(ConfigRead) and (closed := sorted(judged - readable)):
        yield _limit("no_configuration", count=len(closed), topics=both_named("report.topic", *closed))


def _devices(survey: Survey) -> Iterator[LimitPart]:
    """Give the devices that were not asked, by reason, and those that may be one device."""
    for reason in Blind:
        subjects = [s.asset.id for s in blind_devices(survey, reason)]
        if subjects:
            yield _limit(f"device_{reason.value}", subjects)
    doubtful = [a.id for a in survey.inventory.assets if a.possibly_same]
    if doubtful:
        yield _limit("possibly_same", doubtful)


def _registers(survey: Survey) -> Iterator[LimitPart]:
    """Give what the documents leave open."""
    engagement = survey.engagement
    if not engagement.devices:
        yield _limit("no_device_register")
    if not engagement.lines:
        yield _limit("no_line_register")
    named = {n for a in survey.inventory.assets for n in a.numbers}
    nameless = sorted(
        d.number or str(d.origin) for d in engagement.devices if not d.addresses and d.number not in named
    )
    if nameless:
        yield _limit("rows_without_address", count=len(nameless), numbers=", ".join(nameless))
    known = {line.number for line in engagement.lines}
    labels = sorted({n.line_number for n in engagement.sitewalk if n.line_number} - known)
    if labels:
        yield _limit("sitewalk_unmatched", count=len(labels), numbers=", ".join(labels))


def _intake(survey: Survey) -> Iterator[LimitPart]:
    """Give what is no longer as the run was opened with it, and the files handed in that say nothing of the present."""
    changed = sorted(survey.record.changes, key=lambda c: c.name)
    for name, of_the_run in (("intake_kept", True), ("intake_changed", False)):
        listed = [f"{c.name} ({_short(c.before)} → {_short(c.now)})" for c in changed if c.of_the_run is of_the_run]
        if listed:
            yield _limit(name, count=len(listed), changes=", ".join(listed))
    old = [i for i in survey.record.imports if not is_current(i, survey.record)]
    dated = sorted(f"{i.path} ({i.at.date().isoformat()})" for i in old if i.at is not None)
    undated = sorted(i.path for i in old if i.at is None)
    for name, files in (("import_old", dated), ("import_undated", undated)):
        if files:
            yield _limit(name, count=len(files), files=", ".join(files), days=MOST_DAYS_OLD)


def _short(sha256: str) -> str:
    """Give as much of a digest as tells two apart; the snapshot has all of it."""
    return sha256[:12] or "—"


def _waivers(waivers: Waivers) -> Iterator[LimitPart]:
    """Give the waivers that have no effect."""
    expired = sorted(w.target for w in waivers.expired)
    for name, targets in (("waivers_expired", expired), ("waivers_unmatched", waivers.unmatched)):
        if targets:
            yield _limit(name, count=len(targets), targets=", ".join(targets))


def _places(survey: Survey) -> Iterator[LimitPart]:
    """Give what follows from the places looked from."""
    roles = {v.name: v.role for v in survey.engagement.vantages}
    unused = sorted(set(roles) - set(survey.used))
    if unused:
        yield _limit("vantages_unused", count=len(unused), names=vantage_names(survey, *unused))
    if len(survey.used) == 1:
        yield _limit("one_vantage", names=vantage_names(survey, *survey.used))
    yield from _unwatched(survey)
    if not any(roles.get(v) == _EXTERNAL for v in survey.used):
        yield _limit("not_from_outside")
    linked = {o.vantage for o in survey.inventory.index.every(HostAnswered) if o.value.mac}
    far = sorted(set(survey.used) - linked)
    if far:
        yield _limit("no_layer2", count=len(far), names=vantage_names(survey, *far))
    uses = [u for u in survey.record.vantages if u.name in survey.used]
    for name, lacking in (("unprivileged", [u.name for u in uses if not u.privileged]),
                          ("unconfined", [u.name for u in uses if not u.confined])):  # fmt: skip
        if lacking:
            yield _limit(name, count=len(lacking), names=vantage_names(survey, *sorted(lacking)))
    if through := sorted(v.name for v in survey.engagement.vantages if v.name in survey.used and is_jump(v.via)):
        connections = sum(u.control_connections for u in uses if u.name in through)
        yield _limit("through_jump", names=vantage_names(survey, *through), connections=connections, syns=MOST_SYNS)


def _unwatched(survey: Survey) -> Iterator[LimitPart]:
    """Give the vantages from which a watch target, or every one, could not be watched."""
    kept, let_go = defaultdict[str, set[str]](set), defaultdict[str, set[str]](set)
    for attempt in survey.attempts.get(FACILITY, ()):
        for begins, found in ((WATCHED, kept), (WATCHED_ELSEWHERE, let_go)):
            if attempt.scanner == WATCH and attempt.detail.startswith(begins):
                found[attempt.vantage].add(attempt.detail.removeprefix(begins))
    for name, in_part in (("watched_in_part", True), ("not_watched", False)):
        if places := sorted(v for v in let_go if bool(kept[v]) is in_part):
            targets = sorted(set().union(*(let_go[v] for v in places)))
            names = vantage_names(survey, *places)
            yield _limit(name, count=len(targets), names=names, targets=", ".join(targets))


def _breaks(survey: Survey) -> Iterator[LimitPart]:
    """Give what was broken off or went wrong."""
    attempts = survey.inventory.attempts
    for name, outcome in (("interrupted", Outcome.INTERRUPTED), ("tool_error", Outcome.TOOL_ERROR)):
        subjects = [a.subject for a in attempts if a.outcome is outcome]
        if subjects:
            yield _limit(name, subjects)
    for name, begins in _UNFINISHED.items():
        devices = (address_of(a.subject) for a in attempts if a.detail.startswith(begins))
        if found := {host(d) for d in devices if d is not None}:
            yield _limit(name, found)
    led = {a.subject: a.detail.removeprefix(CAPTIVE) for a in attempts if a.detail.startswith(CAPTIVE)}
    if led:
        yield _limit("captive_portal", led, hosts=", ".join(sorted(set(led.values()))))
    if forged := survey.inventory.reach.in_between:
        yield _limit(
            "rst_in_between", (host(a) for listed in forged.values() for a in listed), networks=", ".join(forged)
        )
    if survey.record.closed_at is None:
        yield _limit("run_open")
    if not survey.inventory.seen:
        yield _limit("nothing_observed")


def _not_started(survey: Survey) -> dict[str, set[str]]:
    """Give the service detectors that were asked for and found nothing to ask, with the vantages."""
    found: dict[str, set[str]] = defaultdict(set)
    for attempt in survey.attempts.get(FACILITY, ()):
        scanner = survey.scanners.get(attempt.scanner)
        if attempt.outcome is Outcome.NOT_TRIED and scanner is not None and scanner.stage is Stage.DETECT:
            found[scanner.id].add(attempt.vantage)
    return found


def _data(survey: Survey, kit: Kit) -> Iterator[LimitPart]:
    """Give what the data behind the judgement leave open."""
    if not kit.knowledge.lifecycle.dates:
        yield _limit("no_lifecycle_data")
    policy = kit.policies.get(survey.engagement.tls_policy)
    if policy is not None and policy.unverified:
        items = both_named("assessment.policy_part", *policy.unverified_items)
        count, edition = len(policy.unverified_items), policy.edition
        yield _limit("policy_unverified", count=count, policy=policy.title, edition=edition, items=items)


def _methods(survey: Survey, stages: frozenset[str]) -> Iterator[LimitPart]:
    """Give what this kind of survey can't see."""
    for stage in _STAGES:
        if stage not in stages:
            yield _limit(f"no_{stage}")
    if survey.scope.uncovered(Method.SNMP_DEFAULT_COMMUNITY):
        yield _limit("no_default_community")
    if not any(a.version == _IPV6 for a in survey.inventory.reach.asked):
        yield _limit("no_ipv6")
    for version, name in ((4, "ipv4_not_walked"), (_IPV6, "ipv6_not_walked")):
        wide = [n for n in survey.scope.unwalked() if n.version == version]
        if wide:
            yield _limit(name, count=len(wide), networks=", ".join(map(str, wide)), most=MOST_WALKED)
    for scanner, places in sorted(_not_started(survey).items()):
        yield _limit("detection_not_started", program=scanner, names=", ".join(sorted(places)))
    pace = survey.record.pace
    yield _limit(
        "listed_ports_only", count=len({*pace.t1_ports, *pace.t2_ports}), pace=both_named("report.pace", pace.name)
    )
    ports = sorted(survey.engagement.scope.exclude_ports)
    if ports:
        yield _limit("excluded_ports", count=len(ports), ports=", ".join(map(str, ports)))
