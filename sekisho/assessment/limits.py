"""What the survey could not see, and why: said once, plainly, with the subjects concerned."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from sekisho.assessment.coverage import blind_devices
from sekisho.assessment.kit import Kit
from sekisho.assessment.survey import Blind, Survey
from sekisho.messages import both
from sekisho.model.attempts import Outcome
from sekisho.model.facts import HostAnswered
from sekisho.model.jump_host import MOST_SYNS, is_jump
from sekisho.model.report import LimitPart
from sekisho.model.topics import TOPICS

_IPV6: Final = 6
_EXTERNAL: Final = "external"
_STAGES: Final = ("capture", "config")


def limits(survey: Survey, kit: Kit, stages: Iterable[str]) -> tuple[LimitPart, ...]:
    """Give every limit of this run, sorted by id."""
    found = (
        *_devices(survey),
        *_registers(survey),
        *_places(survey),
        *_breaks(survey),
        *_data(survey, kit),
        *_methods(survey, frozenset(stages)),
        *_topics(kit),
    )
    return tuple(sorted(found, key=lambda limit: limit.id))


def _limit(name: str, subjects: Iterable[str] = (), **values: object) -> LimitPart:
    """Make one limit; `count` is the number of its subjects unless given."""
    listed = tuple(sorted(set(subjects)))
    values.setdefault("count", len(listed))
    return LimitPart(id=name, what=both(f"assessment.limit.{name}", **values), subjects=listed)


def _topics(kit: Kit) -> Iterator[LimitPart]:
    """Name the topics that no check of this version judges: their absence from the findings says nothing."""
    if unjudged := sorted(TOPICS - {c.topic for c in kit.checks.values()}):
        yield _limit("topics_not_judged", count=len(unjudged), topics=", ".join(unjudged))


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


def _places(survey: Survey) -> Iterator[LimitPart]:
    """Give what follows from the places looked from."""
    roles = {v.name: v.role for v in survey.engagement.vantages}
    unused = sorted(set(roles) - set(survey.used))
    if unused:
        yield _limit("vantages_unused", count=len(unused), names=", ".join(unused))
    if len(survey.used) == 1:
        yield _limit("one_vantage", names=survey.used[0])
    if not any(roles.get(v) == _EXTERNAL for v in survey.used):
        yield _limit("not_from_outside")
    linked = {o.vantage for o in survey.inventory.index.every(HostAnswered) if o.value.mac}
    far = sorted(set(survey.used) - linked)
    if far:
        yield _limit("no_layer2", count=len(far), names=", ".join(far))
    uses = [u for u in survey.record.vantages if u.name in survey.used]
    for name, lacking in (("unprivileged", [u.name for u in uses if not u.privileged]),
                          ("unconfined", [u.name for u in uses if not u.confined])):  # fmt: skip
        if lacking:
            yield _limit(name, count=len(lacking), names=", ".join(sorted(lacking)))
    if far := [v.name for v in survey.engagement.vantages if v.name in survey.used and is_jump(v.via)]:
        connections = sum(u.control_connections for u in uses if u.name in far)
        yield _limit("through_jump", names=", ".join(sorted(far)), connections=connections, syns=MOST_SYNS)


def _breaks(survey: Survey) -> Iterator[LimitPart]:
    """Give what was broken off or went wrong."""
    attempts = survey.inventory.attempts
    for name, outcome in (("interrupted", Outcome.INTERRUPTED), ("tool_error", Outcome.TOOL_ERROR)):
        subjects = [a.subject for a in attempts if a.outcome is outcome]
        if subjects:
            yield _limit(name, subjects)
    if survey.record.closed_at is None:
        yield _limit("run_open")
    if not survey.inventory.seen:
        yield _limit("nothing_observed")


def _data(survey: Survey, kit: Kit) -> Iterator[LimitPart]:
    """Give what the data behind the judgement leave open."""
    if not kit.knowledge.lifecycle.dates:
        yield _limit("no_lifecycle_data")
    policy = kit.policies.get(survey.engagement.tls_policy)
    if policy is not None and policy.unverified:
        items = ", ".join(policy.unverified)
        yield _limit("policy_unverified", count=len(policy.unverified), policy=policy.id, items=items)


def _methods(survey: Survey, stages: frozenset[str]) -> Iterator[LimitPart]:
    """Give what this kind of survey can't see."""
    for stage in _STAGES:
        if stage not in stages:
            yield _limit(f"no_{stage}")
    if not any(a.version == _IPV6 for a in survey.inventory.reach.asked):
        yield _limit("no_ipv6")
    pace = survey.record.pace
    yield _limit("listed_ports_only", count=len({*pace.t1_ports, *pace.t2_ports}), pace=pace.name)
    ports = sorted(survey.engagement.scope.exclude_ports)
    if ports:
        yield _limit("excluded_ports", count=len(ports), ports=", ".join(map(str, ports)))
