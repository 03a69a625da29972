"""Sentences of findings: the codes in a verdict's values become names that people know, in both languages."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sekisho.assessment.profile import Policy
from sekisho.assessment.survey import Survey
from sekisho.inventory.services import ServiceSeen
from sekisho.messages import BETWEEN, COMMA, LANGUAGES, SPACE, named, say
from sekisho.model.facts import TLS_VERSIONS_OLDEST_FIRST
from sekisho.model.report import Text
from sekisho.model.subjects import Subject, endpoint_of
from sekisho.model.verdicts import ITEM, LIST, PART

_POLICY: Final = "assessment.policy"

Word = Callable[["Wording", str, str], str]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What sentences may name, looked up once for a survey. roles: of the vantages, by name."""

    survey: Survey
    roles: Mapping[str, str]
    services: Mapping[Subject, ServiceSeen]

    @classmethod
    def of(cls, survey: Survey) -> Vocabulary:
        """Index a survey."""
        return cls(survey, roles_of(survey), {s.subject: s for s in survey.inventory.services})

    def about(self, check: str, subject: Subject) -> Wording:
        """Give the wording of one check's verdict on one subject."""
        standing = self.survey.standing(subject)
        asset = standing.asset if standing else None
        devices = frozenset(r.number for r in asset.rows) if asset else frozenset[str]()
        lines = frozenset(line.number for line in asset.lines) if asset else frozenset[str]()
        return Wording(self, check, subject, lines - devices)


@dataclass(frozen=True, slots=True)
class Wording:
    """Puts the values of one check's verdict on one subject into words.

    lines: numbers that name only lines that end at the device, none of its rows in the device register.
    """

    vocabulary: Vocabulary
    check: str
    subject: Subject
    lines: frozenset[str]

    def text(self, key: str, values: tuple[tuple[str, str], ...]) -> Text:
        """Give a sentence with its values in words. Raises: ProfileError when the key or a value is missing."""
        ja, en = (say(lang, key, **{name: self._value(lang, name, v) for name, v in values}) for lang in LANGUAGES)
        return Text(ja=ja, en=en)

    def _value(self, lang: str, name: str, value: str) -> str:
        """Put one value into words; free text stands as it is."""
        word = _WORDS.get(name)
        if name in _SENTENCES and word is not None:
            return SPACE[lang].join(word(self, lang, item) for item in value.split(ITEM))
        if word is None:
            return value
        if word is _tls and (groups := _by_version(value)):
            return BETWEEN[lang].join(_of_versions(lang, *group) for group in groups)
        return COMMA[lang].join(word(self, lang, item) for item in value.split(LIST))

    def endpoint(self, lang: str, item: str) -> str:
        """Name a service by protocol and port; its address only where it is another device's."""
        end = endpoint_of(Subject(item))
        if end is None:
            return item
        address, transport, port = end
        seen = self.vocabulary.services.get(Subject(item))
        where = "" if self.subject.partition(":")[2].partition("/")[0] == str(address) else f"{address} "
        place = f"{where}{transport.upper()} {port}"
        if seen is None or not seen.protocol:
            return place
        return say(lang, "assessment.word.service", protocol=named(lang, "report.protocol", seen.protocol), place=place)

    def vantage(self, lang: str, item: str) -> str:
        """Name a vantage by what it stands for and by its name."""
        return vantage_name(lang, item, self.vocabulary.roles)

    def number(self, lang: str, item: str) -> str:
        """Tell a line's number from a device's."""
        return say(lang, "assessment.word.line", number=item) if item in self.lines else item

    def fault(self, lang: str, item: str) -> str:
        """Say one of several faults in its own sentence: `reason`, then `name=value` parts."""
        reason, *parts = item.split(PART)
        return say(lang, f"checks.{self.check}.{reason}", **dict(part.split("=", 1) for part in parts))


def policy_text(policy: Policy, check: str, given: Mapping[str, object]) -> Text:
    """Name a policy with its edition and what it asks of one check; says so where that was not read in its source."""
    unread = any(c == check for c, _ in policy.unverified)
    key = f"{_POLICY}.{'unverified' if unread else 'basis'}"
    ja, en = (
        say(
            lang,
            key,
            policy=getattr(policy.title, lang),
            edition=policy.edition,
            expected=_expected(lang, check, given),
        )
        for lang in LANGUAGES
    )
    return Text(ja=ja, en=en)


def _expected(lang: str, check: str, given: Mapping[str, object]) -> str:
    """Say what the parameters of a check ask for; `<name>_count` stands for the length of a list."""
    values: dict[str, str] = {}
    for name, value in given.items():
        if isinstance(value, list):
            values |= {name: COMMA[lang].join(map(str, value)).upper(), f"{name}_count": str(len(value))}
        elif isinstance(value, bool):
            values[name] = say(lang, f"{_POLICY}.{name}_{'yes' if value else 'no'}")
        else:
            values[name] = named(lang, "report.tls", str(value))
    nothing = "" if all(v != "" for v in given.values()) else "_none"
    return say(lang, f"{_POLICY}.{check}{nothing}", **values)


def vantage_names(survey: Survey, *names: str) -> Text:
    """Name vantages in both languages."""
    roles = roles_of(survey)
    ja, en = (COMMA[lang].join(vantage_name(lang, n, roles) for n in names) for lang in LANGUAGES)
    return Text(ja=ja, en=en)


def tier_text(kind: str, detail: str) -> Text:
    """Say what set a tier, by the kind of rule and its detail (sekisho/tiering.py)."""
    ja, en = (say(lang, f"assessment.tier.{kind}", detail=_tier_detail(lang, kind, detail)) for lang in LANGUAGES)
    return Text(ja=ja, en=en)


def _tier_detail(lang: str, kind: str, detail: str) -> str:
    """Put what set a tier into words: a register category, a pace, or what a fragility rule matched."""
    if kind == "category":
        return named(lang, "report.category", detail or "unclear_short")
    if kind in {"unknown", "ceiling"}:
        return named(lang, "report.pace", detail)
    by, _, match = detail.partition(":")
    return say(lang, f"assessment.fragility.{by}", match=match) if kind == "fragility" else detail


def roles_of(survey: Survey) -> dict[str, str]:
    """Give the role of every vantage by its name."""
    return {v.name: v.role for v in survey.engagement.vantages}


def vantage_name(lang: str, name: str, roles: Mapping[str, str]) -> str:
    """Name a vantage by what it stands for and by the name that the engagement gives it."""
    role = roles.get(name, "")
    if not role:
        return named(lang, "report.vantage", name)
    return say(lang, "report.vantage_role", role=named(lang, "report.role_vantage", role), name=name)


def _as_it_is(_: Wording, __: str, item: str) -> str:
    """Keep a name that is the same in every language; only its list is joined anew."""
    return item


def _protocol(_: Wording, lang: str, item: str) -> str:
    """Name a protocol."""
    return named(lang, "report.protocol", item)


def _tls(_: Wording, lang: str, item: str) -> str:
    """Name the TLS version at the front; suites and groups keep their registered names."""
    version, space, rest = item.partition(" ")
    return f"{named(lang, 'report.tls', version)}{space}{rest}"


def _differing(_: Wording, lang: str, item: str) -> str:
    """Name in what connections to a TLS service contradicted each other."""
    return named(lang, "report.tls_differing", item)


def _by_version(value: str) -> list[tuple[list[str], list[str]]]:
    """Put names that stand behind a TLS version together: versions, and what each of them has; [] if one has none."""
    found: dict[str, list[str]] = {}
    for item in value.split(LIST):
        version, _, name = item.partition(" ")
        if version not in TLS_VERSIONS_OLDEST_FIRST or not name:
            return []
        found.setdefault(version, []).append(name)
    groups: dict[tuple[str, ...], list[str]] = {}
    for version, names in found.items():
        groups.setdefault(tuple(names), []).append(version)
    return [(versions, list(names)) for names, versions in groups.items()]


def _of_versions(lang: str, versions: Sequence[str], names: Sequence[str]) -> str:
    """Say what some versions have in common."""
    shown = COMMA[lang].join(named(lang, "report.tls", v) for v in versions)
    return say(lang, "assessment.word.of_versions", versions=shown, names=COMMA[lang].join(names))


def _data(_: Wording, lang: str, item: str) -> str:
    """Name a data set, its date behind it."""
    if not item:
        return say(lang, "assessment.word.no_data")
    name, space, date = item.rpartition(" ")
    return f"{named(lang, 'report.data_set', name)}{space}{date}"


def _field(_: Wording, lang: str, item: str) -> str:
    """Name a cell of the register."""
    return named(lang, "assessment.cell", item)


def _cell(_: Wording, lang: str, item: str) -> str:
    """Say what a cell states and what was seen."""
    field, declared, observed = item.split(PART)
    return say(lang, f"assessment.reconciliation.cell_{field}", declared=declared, observed=observed)


_SENTENCES: Final = frozenset({"cells", "faults"})
"""Values whose items are whole sentences."""
_WORDS: Final[Mapping[str, Word]] = {
    "protocol": _protocol,
    "versions": _tls, "required": _tls, "floor": _tls, "suites": _tls, "exchanges": _tls,
    "differing": _differing,
    "data": _data,
    "fields": _field,
    "cells": _cell,
    "faults": Wording.fault,
    "vantages": Wording.vantage, "refused": Wording.vantage,
    "seen": Wording.endpoint, "services": Wording.endpoint,
    "numbers": Wording.number,
    "algorithms": _as_it_is, "methods": _as_it_is, "cves": _as_it_is, "names": _as_it_is,
}  # fmt: skip
"""Value of a verdict → how its items are named."""
