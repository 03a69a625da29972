"""Files as terminals and editors left them read as the lines that the device wrote."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.configs.text import Line, decode, read_lines

JAPANESE = "description 本社向け回線（保守ベンダー）"


def texts(raw: bytes) -> list[str]:
    """Give the texts of the lines."""
    return [line.text for line in read_lines(raw)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp932", "euc_jp"])
def test_every_encoding_reads_the_same(encoding: str) -> None:
    assert texts(f"ip route default gateway pp 1\n{JAPANESE}\n".encode(encoding)) == [
        "ip route default gateway pp 1",
        JAPANESE,
    ]


@pytest.mark.parametrize("word", ["病院", "薬局保守", "カナ接続", "東館２階", "管理用セグメント"])
@pytest.mark.parametrize("encoding", ["cp932", "euc_jp"])
def test_short_names_keep_their_encoding(word: str, encoding: str) -> None:
    assert decode(f"description {word}".encode(encoding)) == f"description {word}"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_and_numbers(end: str) -> None:
    raw = end.join(["first", "", " second", "   ", "third"]).encode()
    assert read_lines(raw) == (Line(1, "first"), Line(3, " second"), Line(5, "third"))


@pytest.mark.parametrize(
    "raw",
    [
        b" --More-- " + b"\x08" * 10 + b" " * 10 + b"\x08" * 10 + b" set port 1",
        b" --More--\r set port 1",
        b"<--- More --->\r              \r set port 1",
        b"---(more)---\n set port 1",
        b"---(more 45%)---\n set port 1",
        "---つづく---\n set port 1".encode(),
        b"\x1b[7m--More--\x1b[27m\x1b[8D\x1b[K\n set port 1",
        b"lines 1-23\n set port 1",
    ],
)
def test_a_pagers_prompts_are_no_lines(raw: bytes) -> None:
    assert [t.strip() for t in texts(raw)] == ["set port 1"]


def test_a_word_in_a_description_is_no_pager() -> None:
    assert texts(b" description one more line (END) here") == [" description one more line (END) here"]


@given(st.binary(max_size=400))
def test_reading_is_total(raw: bytes) -> None:
    lines = read_lines(raw)
    assert all(line.text.strip() and "\n" not in line.text for line in lines)
    assert [line.number for line in lines] == sorted({line.number for line in lines})
