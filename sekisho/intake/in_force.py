"""What of an engagement belongs to a run, what may change after it, and where both differ (docs/adr/0020)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from sekisho.intake.engagement_json import section_sha256
from sekisho.model.engagement import Engagement
from sekisho.model.run import IntakeChange

_OF_THE_RUN: Final = {
    "facility": "[facility]",
    "consents": "[[consent]]",
    "scope": "[scope]",
    "vantages": "[[vantage]]",
    "stop": "[stop]",
    "pace": "[pace]",
    "snmp": "[[snmp]]",
    "logins": "[[device_login]]",
}
"""Sections by which packets were sent, by field."""
_OF_TODAY: Final = {
    "access": "[[access]]",
    "names": "[names]",
    "checklists": "[assess] checklists",
    "tls_policy": "[assess] tls_policy",
    "root_store": "[assess] root_store",
}
"""Sections by which is judged, by field; what tables say is told by their documents."""
_SETTINGS: Final = "engagement.toml "


def reported(then: Engagement, now: Engagement) -> Engagement:
    """Give what a report is made from: what governed the survey as it was then, everything else as it is now."""
    return replace(now, **{name: getattr(then, name) for name in _OF_THE_RUN})


def changes(then: Engagement, now: Engagement) -> tuple[IntakeChange, ...]:
    """Give every document and section in which today's folder differs from what the run was opened with."""
    return (*_documents(then, now), *_sections(then, now))


def governing_changes(then: Engagement, now: Engagement) -> tuple[str, ...]:
    """Name the sections that forbid an open run to go on: its packets would be sent by other rules than the first.

    How a vantage is reached (interface, source) may be mended on site; which vantages there are may not.
    """
    alike = replace(now, vantages=then.vantages) if _places(then) == _places(now) else now
    return tuple(c.name for c in _sections(then, alike) if c.of_the_run)


def _documents(then: Engagement, now: Engagement) -> Iterator[IntakeChange]:
    """Compare the files."""
    before, after = ({d.path: d.sha256 for d in e.documents} for e in (then, now))
    for path in sorted({*before, *after}):
        if before.get(path) != after.get(path):
            yield IntakeChange(path, before.get(path, ""), after.get(path, ""), of_the_run=False)


def _sections(then: Engagement, now: Engagement) -> Iterator[IntakeChange]:
    """Compare the settings, section by section."""
    for table, of_the_run in ((_OF_THE_RUN, True), (_OF_TODAY, False)):
        for field, section in table.items():
            before, after = (section_sha256(getattr(e, field)) for e in (then, now))
            if before != after:
                yield IntakeChange(_SETTINGS + section, before, after, of_the_run=of_the_run)


def _places(engagement: Engagement) -> set[tuple[str, str]]:
    """Give names and roles of the vantages."""
    return {(v.name, v.role) for v in engagement.vantages}
