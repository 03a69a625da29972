from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.http.masking import mask_response
from tests.unit.scanners import golden
from tests.unit.scanners.strategies import damaged

OK = b"HTTP/1.1 200 OK\r\n"
SECRETS = [b"S3cr3tValue", b"abc/def==", b"9"]


@pytest.mark.parametrize(
    ("line", "masked"),
    [
        (b"Set-Cookie: SID=S3cr3t; Path=/; HttpOnly", b"Set-Cookie: SID=******; Path=/; HttpOnly"),
        (b"set-cookie:a=S3cr3t", b"set-cookie:a=******"),
        (b"Set-Cookie: S3cr3t; Path=/", b"Set-Cookie: ******; Path=/"),
        (b"Set-Cookie: a=S3\r\n cr3t; Path=/", b"Set-Cookie: a=**\r\n*****; Path=/"),
        (b"Authorization: Basic S3cr3t==", b"Authorization: **************"),
        (b"Proxy-Authorization: S3cr3t", b"Proxy-Authorization: ******"),
        (b"Authentication-Info: nextnonce=1", b"Authentication-Info: ***********"),
        (b"X-Auth-Token: S3cr3t", b"X-Auth-Token: ******"),
        (b"X-Api-Key: S3cr3t", b"X-Api-Key: ******"),
        (b"Cookie: a=S3cr3t", b"Cookie: ********"),
        (b"Location: /x;jsessionid=S3cr3t?a=1", b"Location: /x;jsessionid=******?a=1"),
        (b"Server: nginx/1.22", b"Server: nginx/1.22"),
        (b'WWW-Authenticate: Basic realm="RTX"', b'WWW-Authenticate: Basic realm="RTX"'),
    ],
)
def test_headers(line: bytes, masked: bytes) -> None:
    assert mask_response(OK + line + b"\r\n\r\nbody") == OK + masked + b"\r\n\r\nbody"


@pytest.mark.parametrize(
    ("body", "masked"),
    [
        (b'<input type="hidden" name="t" value="S3cr3t">', b'<input type="hidden" name="t" value="******">'),
        (b"<INPUT VALUE='S3cr3t' TYPE=HIDDEN>", b"<INPUT VALUE='******' TYPE=HIDDEN>"),
        (b"<input value=S3cr3t type=password>", b"<input value=****** type=password>"),
        (b'<input type="text" value="shown">', b'<input type="text" value="shown">'),
        (b'<a href="/a?sid=S3cr3t&b=1">', b'<a href="/a?sid=******&b=1">'),
        (b'<a href="/a?user=x&password=S3cr3t">', b'<a href="/a?user=x&password=******">'),
        (b'<a href="ftp://x:S3cr3t@192.0.2.1/">', b'<a href="ftp://x:******@192.0.2.1/">'),
        (b'<a href="http://[2001:db8::1]:8080/a@b">', b'<a href="http://[2001:db8::1]:8080/a@b">'),
        (b"Set-Cookie: in the body", b"Set-Cookie: in the body"),
    ],
)
def test_bodies(body: bytes, masked: bytes) -> None:
    assert mask_response(OK + b"\r\n" + body) == OK + b"\r\n" + masked


def test_the_response_after_an_interim_one_is_masked_too() -> None:
    interim = b"HTTP/1.1 100 Continue\r\n\r\n"
    assert mask_response(interim + OK + b"Set-Cookie: a=b\r\n\r\n") == interim + OK + b"Set-Cookie: a=*\r\n\r\n"


def test_a_head_that_breaks_off_is_masked() -> None:
    assert mask_response(OK + b"Set-Cookie: a=S3cr") == OK + b"Set-Cookie: a=****"


@pytest.mark.parametrize("data", [b"", b"\x16\x03\x03\x00\x05Set-Cookie: a=b", b"Set-Cookie: a=b\r\n"])
def test_what_is_no_response_passes_unchanged(data: bytes) -> None:
    assert mask_response(data) == data


@given(st.one_of(st.binary(max_size=300), damaged([received for _, received in golden.streams("http")])))
def test_length_is_kept_and_masking_again_changes_nothing(data: bytes) -> None:
    for given_bytes in (data, OK + data):
        masked = mask_response(given_bytes)
        assert len(masked) == len(given_bytes)
        assert mask_response(masked) == masked


@given(
    st.sampled_from(SECRETS), st.sampled_from([b"Set-Cookie: SID=%s", b"Authorization: Bearer %s", b"X-Csrf-Token: %s"])
)
def test_no_secret_survives(secret: bytes, form: bytes) -> None:
    assert secret not in mask_response(OK.replace(b"200", b"404") + form % secret + b"\r\n\r\n")
