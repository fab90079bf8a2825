"""What tells a web page from a program: the law of who may speak to a loopback port."""

from __future__ import annotations

import pytest

from tocsin import same_origin

ACCEPTED = same_origin.addresses(4599)
HOST = (b"host", b"127.0.0.1:4599")


@pytest.mark.parametrize(
    "headers",
    [
        [HOST],
        [(b"Host", b"localhost:4599")],
        [(b"host", b"LOCALHOST:4599")],
        [(b"host", b"[::1]:4599")],
        [HOST, (b"origin", b"http://127.0.0.1:4599")],
        [HOST, (b"sec-fetch-site", b"same-origin")],
        [HOST, (b"sec-fetch-site", b"none")],
        [HOST, (b"referer", b"http://127.0.0.1:4599/_aws/lambda-url/abc/")],
        [HOST, (b"referer", b"http://127.0.0.1:4599")],
    ],
)
def test_a_program_and_a_person_pass(headers: list[tuple[bytes, bytes]]) -> None:
    assert same_origin.why_refused(headers, ACCEPTED) is None


@pytest.mark.parametrize(
    ("said_of", "headers"),
    [
        ("Host", []),
        ("Host", [(b"host", b"")]),
        ("Host", [(b"host", b"evil.example:4599")]),
        ("Host", [(b"host", b"127.0.0.1.evil.example:4599")]),
        ("Host", [(b"host", b"abc.localhost:4599")]),
        ("Host", [(b"host", b"localhost.:4599")]),
        ("Host", [(b"host", b"127.0.0.1")]),
        ("Host", [(b"host", b"127.0.0.1:80")]),
        ("Host", [(b"host", b"127.0.0.2:4599")]),
        ("Host", [(b"host", b"0.0.0.0:4599")]),
        ("Host", [(b"host", b"0:4599")]),
        ("Host", [(b"host", b"127.1:4599")]),
        ("Host", [(b"host", b"127.0.0.1.:4599")]),
        ("Host", [(b"host", b"2130706433:4599")]),
        ("Host", [(b"host", b"0x7f000001:4599")]),
        ("Host", [(b"host", b"0177.0.0.1:4599")]),
        ("Host", [(b"host", b"[::]:4599")]),
        ("Host", [(b"host", b"[::ffff:127.0.0.1]:4599")]),
        ("Host", [(b"host", b"[::ffff:7f00:1]:4599")]),
        ("Host", [(b"host", b"[0:0:0:0:0:0:0:1]:4599")]),
        ("Host", [(b"host", b"[::1%25lo]:4599")]),
        ("Host", [(b"host", b"::1:4599")]),
        ("Host", [(b"host", b"localhost")]),
        ("Host", [(b"host", b"localhost:")]),
        ("Host", [(b"host", b"localhost:04599")]),
        ("Host", [(b"host", b"localhost:4599.")]),
        ("Host", [(b"host", b"localhost:4599/")]),
        ("Host", [(b"host", b"localhost.localdomain:4599")]),
        ("Host", [(b"host", b"localhost\xc2\xa0:4599")]),
        ("Host", [(b"host", "ⓛocalhost:4599".encode())]),
        ("Host", [(b"host", b"xn--localhost:4599")]),
        ("Host", [(b"host", b"user@127.0.0.1:4599")]),
        ("Host", [(b"host", b"127.0.0.1:4599, evil.example")]),
        ("Host", [HOST, HOST]),
        ("Host", [HOST, (b"HOST", b"evil.example")]),
        ("Origin", [HOST, (b"origin", b"https://evil.example")]),
        ("Origin", [HOST, (b"origin", b"null")]),
        ("Origin", [HOST, (b"origin", b"")]),
        ("Origin", [HOST, (b"origin", b"http://127.0.0.1:3000")]),
        ("Origin", [HOST, (b"origin", b"http://localhost:4599")]),
        ("Origin", [HOST, (b"origin", b"https://127.0.0.1:4599")]),
        ("Origin", [HOST, (b"origin", b"file://")]),
        (
            "Origin",
            [HOST, (b"origin", b"http://127.0.0.1:4599"), (b"Origin", b"https://evil.example")],
        ),
        ("Sec-Fetch-Site", [HOST, (b"sec-fetch-site", b"cross-site")]),
        ("Sec-Fetch-Site", [HOST, (b"Sec-Fetch-Site", b"same-site")]),
        ("Sec-Fetch-Site", [HOST, (b"sec-fetch-site", b"")]),
        ("Referer", [HOST, (b"referer", b"https://evil.example/")]),
        ("Referer", [HOST, (b"referer", b"http://127.0.0.1:4599.evil.example/")]),
        ("Referer", [HOST, (b"referer", b"http://127.0.0.1:45990/")]),
        ("preflight", [HOST, (b"access-control-request-method", b"POST")]),
        ("preflight", [HOST, (b"Access-Control-Request-Headers", b"authorization")]),
    ],
)
def test_what_a_page_may_be_behind_is_refused(
    said_of: str, headers: list[tuple[bytes, bytes]]
) -> None:
    why = same_origin.why_refused(headers, ACCEPTED)
    assert why is not None
    assert said_of in why
