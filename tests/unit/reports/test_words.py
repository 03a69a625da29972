from typing import get_args

import pytest

from reports.figures import OUTCOMES, Standing
from reports.register import DeviceState, Register
from reports.words import Words
from sekisho.errors import ProfileError
from sekisho.messages import LANGUAGES, keys
from sekisho.model.attempts import Outcome
from sekisho.model.engagement import Method
from sekisho.model.report import HearingValue, RestrictionPart, SeverityName, State, Text, Verdict, Verifiability
from sekisho.model.tiers import Tier
from sekisho.model.topics import TOPICS
from sekisho.model.transcript import EventKind
from sekisho.model.verdicts import Actor

CLOSED = {
    "verdict": (*get_args(Verdict), "unjudged"),
    "severity": get_args(SeverityName),
    "confidence": ("high", "medium", "low"),
    "act": tuple(Actor),
    "state": get_args(State),
    "verifiability": get_args(Verifiability),
    "hearing": get_args(HearingValue),
    "kind": tuple(f"K{n}" for n in range(1, 19)),
    "outcome": OUTCOMES,
    "outcome_meaning": tuple(Outcome),
    "meant": get_args(RestrictionPart.model_fields["meant"].annotation),
    "restriction": get_args(RestrictionPart.model_fields["verdict"].annotation),
    "topic": tuple(TOPICS),
    "event": tuple(EventKind),
    "register": tuple(Register),
    "register_short": tuple(Register),
    "register_legend": tuple(Register),
    "device": tuple(DeviceState),
    "method": tuple(Method),
    "tier": tuple(map(str, Tier)),
    "stage": ("active", "config", "capture", "documents", "hearing"),
    "role": ("hospital", "vendor", "carrier", "datacentre", "partner"),
    "role_vantage": ("management", "clinical", "guest", "vendor", "external"),
    "facility_kind": ("hospital", "clinic", "pharmacy"),
    "document_role": ("engagement", "devices", "lines", "answers", "sitewalk", "consent", "other"),
    "category": ("network", "server", "pc", "printer", "pacs", "hl7", "medical", "facility", "iot"),
    "pace": ("gentle", "standard", "lab"),
    "counted_by": ("kernel", "socket"),
    "stated": ("yes", "no"),
    "item_subject": ("facility", "organisation", "general", "server", "pc", "network", "incident", "rules"),
    "standing": tuple(s for s in Standing if s is not Standing.JUDGED),
    "tls": ("ssl2", "ssl3", "tls1.0", "tls1.1", "tls1.2", "tls1.3"),
    "chip": (*get_args(Verdict), "unjudged"),
}


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("area", CLOSED)
def test_every_value_of_a_closed_list_has_a_word(lang: str, area: str) -> None:
    known = keys(lang)
    assert [v for v in CLOSED[area] if f"report.{area}.{v}" not in known] == []


def test_both_languages_have_the_same_keys() -> None:
    ours = [frozenset(k for k in keys(lang) if k.startswith("report.")) for lang in LANGUAGES]
    assert ours[0] == ours[1]


def test_no_japanese_word_is_an_english_value() -> None:
    words = Words("ja")
    same = [
        (a, v)
        for a, values in CLOSED.items()
        if a not in {"tls", "register_short", "chip"}
        for v in values
        if words.name(a, v) == v
    ]
    assert same == []


def test_free_values_are_shown_as_they_are() -> None:
    words = Words("ja")
    assert words.name("protocol", "{0}\x1b") == "{0}␛"
    assert words.name("protocol", "") == "—"
    assert words.join(("a", "", "b")) == "a、b"
    assert Words("en").join(("a", "b")) == "a, b"
    assert words.free(" ") == "—"


def test_a_missing_key_is_an_error_and_a_missing_language_falls_back() -> None:
    with pytest.raises(ProfileError):
        Words("ja")("no.such.key")
    assert Words("en").text(Text(ja="日本語", en="")) == "日本語"
    assert Words("ja").text(Text(ja="日本語", en="English")) == "日本語"
