"""What is printed acts on no terminal, and is still what was meant."""

from __future__ import annotations

import json
import re

import pytest

from sekisho.cli.terminal import print_json, tell

NASTY = "\x1b]0;owned\x07\x9b31m\u202etxt.exe\u200b\U000e0041\x7f 病院\t\n"
ACTING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\U000e0000-\U000e007f]")


def test_data_come_back_whole_and_act_on_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    document = {"facility": NASTY, NASTY: [1, None, True], "lone": "\ud800"}
    print_json(document)
    printed = capsys.readouterr().out
    assert not ACTING.search(printed)
    assert "病院" in printed
    assert json.loads(printed) == document


def test_lines_for_people_act_on_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    tell(NASTY)
    assert not ACTING.search(capsys.readouterr().out)
