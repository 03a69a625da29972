import pytest

from sekisho.errors import ProfileError
from sekisho.messages import Name, Sentence, named, said
from sekisho.messages.both import both, both_named
from sekisho.model.report import Text


def test_a_sentence_reads_as_english_and_can_be_said_in_japanese() -> None:
    sentence = Sentence("cli.stop.file", file="STOP")
    assert sentence == "the stop file STOP was found; remove it to go on."
    assert said("ja", sentence).startswith("停止ファイル STOP が")
    assert said("en", sentence) == sentence


def test_names_and_sentences_inside_a_sentence_are_said_too() -> None:
    why = Sentence("cli.integrity.no_schema")
    sentence = Sentence("cli.survey.tool_error", scanner=Name("report.scanner", "tls"), subject="192.0.2.1", why=why)
    assert said("ja", sentence) == "TLSの調査（192.0.2.1）: survey.db に形式の記録がありません。"
    assert sentence == "TLS (192.0.2.1): survey.db does not say its format."


def test_plain_texts_and_unknown_names_stand_for_themselves() -> None:
    assert said("ja", "disk full") == "disk full"
    assert said("ja", Name("report.scanner", "x-odd")) == "x-odd"
    assert named("en", "report.tls", "tls9") == "tls9"


def test_a_sentence_without_its_value_is_refused() -> None:
    with pytest.raises(ProfileError, match="file"):
        Sentence("cli.stop.file")
    with pytest.raises(ProfileError, match="no_such_key"):
        Sentence("cli.no_such_key")


def test_a_text_inside_both_keeps_its_language() -> None:
    place = Text(ja="甲", en="A")
    made = both("assessment.blind.one_vantage", vantage=place)
    assert "甲" in made.ja
    assert "A" in made.en
    assert "甲" not in made.en


def test_names_of_a_list_are_joined_as_each_language_does_it() -> None:
    assert both_named("report.tls", "tls1.2", "ssl3") == Text(ja="TLS 1.2、SSL 3.0", en="TLS 1.2, SSL 3.0")
