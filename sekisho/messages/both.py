"""Sentences in every language at once, as report.json carries them.

Apart from the messages themselves: only what judges and reports needs the models of the report, which take long to
load.
"""

from __future__ import annotations

from sekisho.messages import COMMA, LANGUAGES, named, say
from sekisho.model.report_run import Text


def both(key: str, /, **values: object) -> Text:
    """Give one sentence in both languages, as report.json carries it; a value that is a Text gives its own language."""
    ja, en = ({k: getattr(v, lang) if isinstance(v, Text) else v for k, v in values.items()} for lang in LANGUAGES)
    return Text(ja=say("ja", key, **ja), en=say("en", key, **en))


def both_named(area: str, *values: str) -> Text:
    """Give the names of values of a list in both languages, joined as each language does it."""
    ja, en = (COMMA[lang].join(named(lang, area, v) for v in values) for lang in LANGUAGES)
    return Text(ja=ja, en=en)
