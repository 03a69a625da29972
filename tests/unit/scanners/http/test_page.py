from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.http.page import Page, decode_page, read_page


@pytest.mark.parametrize("codec", ["utf-8", "cp932", "euc_jp", "iso2022_jp"])
@pytest.mark.parametrize("declared", [True, False])
def test_japanese_charsets(codec: str, declared: bool) -> None:
    label = {"cp932": "Shift_JIS", "euc_jp": "EUC-JP", "iso2022_jp": "ISO-2022-JP"}.get(codec, codec)
    text = "ルーターの設定画面にログインしてください。"
    if codec == "euc_jp" and not declared:
        text = "\u4e9c\u8863"  # without a label, bytes that Shift_JIS allows as well are read as that
    body = text.encode(codec)
    if declared:
        assert decode_page(body, f"text/html; charset={label}") == text
        assert text in decode_page(f"<meta charset='{label}'>".encode() + body, "text/html")
    elif codec != "euc_jp":
        assert decode_page(body, "") == text


@pytest.mark.parametrize(
    ("body", "content_type"),
    [(b"\xef\xbb\xbfa", ""), ("a".encode("utf-16"), ""), (b"a", "text/html; charset=zip"), (b"a", "charset=us-ascii")],
)
def test_marks_and_unknown_labels(body: bytes, content_type: str) -> None:
    assert decode_page(body, content_type).strip("\ufeff") == "a"


@pytest.mark.parametrize(
    ("markup", "page"),
    [
        ("<title> A &amp;\n B </title>x<b>y</b>", Page("A & B", "x y")),
        ("<TITLE>T</TITLE><script>no()</script>yes<STYLE>no</STYLE><!-- no -->", Page("T", "yes")),
        ("<script>never closed <b>x", Page()),
        ("<script>top.location='/a/b';x=\"//other/c\";y='/a/b'</script>", Page(references="/a/b", moves_to="/a/b")),
        ("<script>never closed '/a'", Page(references="/a")),
        ("<a href=/a?b=1&amp;c>z</a><form action='/d'>", Page("", "z", references="/a?b=1&c\n/d")),
        (
            "<meta http-equiv=refresh content='0; url=/cgi-bin/welcome'>",
            Page(references="/cgi-bin/welcome", moves_to="/cgi-bin/welcome"),
        ),
        ("<META CONTENT=\"3;URL='login.asp?a=1&amp;b=2'\" HTTP-EQUIV='Refresh'>", Page(moves_to="login.asp?a=1&b=2")),
        ("<meta http-equiv=refresh content=30>", Page()),
        ("<script>window.location.replace( 'x.htm' );</script>", Page(moves_to="x.htm")),
        ("<script>mylocation='x.htm'</script>", Page()),
        ("<script>location.href=next+'x.htm'</script>", Page()),
        ("<script>location='/in'</script><input type=password>", Page("", "", True, references="/in")),
        (f"<p>{'word ' * 30}</p><script>location='/in'</script>", Page("", ("word " * 30).strip(), references="/in")),
        ("<link rel='shortcut icon' href=/a.ico><link rel=icon href='b'>", Page(references="/a.ico", icon="/a.ico")),
        ("<link rel=stylesheet href='c.css'>", Page()),
        ("<a href='https://other.example.jp/remote/login'>vpn</a>", Page("", "vpn")),
        ("<!-- <a href='/a'> -->say '/b'", Page("", "say '/b'")),
        ("<!-- never closed", Page()),
        ("1 < 2 and 3 > 2", Page("", "1 < 2 and 3 > 2")),
        ("<input TYPE = 'Password' name=p>", Page("", "", has_login_form=True)),
        ("<input type=text><p>type=password", Page("", "type=password")),
        ("<a title='x'>y", Page("", "y")),
        ("<", Page("", "<")),
        ("</p", Page()),
        ("", Page()),
    ],
)
def test_pages(markup: str, page: Page) -> None:
    assert read_page(markup) == page


def test_text_is_cut() -> None:
    read = read_page(f"<title>{'t' * 500}</title>{'x' * 9000}")
    assert (len(read.title), len(read.text)) == (200, 2000)


@pytest.mark.timeout(5)
@pytest.mark.parametrize("piece", ["src=", "src= ", "'/", "<a href='/", "<script>'/a", " ", "content=0;url="])
def test_no_markup_makes_references_slow(piece: str) -> None:
    assert len(read_page("<script>" + piece * 40_000).references) <= 2000
    assert len(read_page("<a " + piece * 40_000).references) <= 2000


@given(
    st.lists(
        st.sampled_from(["<script>", "</script>", "'/", "/b'", " href=", "<a", ">", "//", "\x00", "&amp;", "url=/"])
    )
)
def test_references_are_own_paths(pieces: list[str]) -> None:
    read = read_page("".join(pieces)).references
    assert all(line.startswith("/") and not line.startswith("//") for line in read.splitlines())


def test_references_are_whole_and_bounded() -> None:
    read = read_page("".join(f"<a href='/{number:0100d}'>" for number in range(100))).references
    assert len(read) <= 2000
    assert {len(line) for line in read.splitlines()} == {101}


@given(st.text(max_size=400))
def test_reading_is_total(markup: str) -> None:
    read_page(markup)


@given(st.binary(max_size=400), st.text(max_size=40))
def test_decoding_is_total(body: bytes, content_type: str) -> None:
    decode_page(body, content_type)


@pytest.mark.parametrize("piece", ["<!--", "<script>", "<title>", "<input ", "<", "&amp;", "</", "<a b='"])
def test_hostile_pages_take_one_pass(piece: str) -> None:
    read_page(piece * 20000)
