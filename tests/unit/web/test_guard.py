"""Who may speak to the console, as a table: all else is refused before any page is asked."""

import pytest
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from tests.unit.web.conftest import AUTHORITY, ORIGIN, OWN
from tocsin.web.guard import HEADERS

ELSEWHERE = "http://t-0123456789.localhost:9999"

REFUSED = {
    "a rebound name": {"host": "evil.example:8123"},
    "another port in Host": {"host": "t-0123456789.localhost:9999"},
    "no port in Host": {"host": "t-0123456789.localhost"},
    "the bare address": {"host": "127.0.0.1:8123"},
    "localhost": {"host": "localhost:8123"},
    "a longer name": {"host": f"x.{AUTHORITY}"},
    "another origin": {"origin": "https://evil.example"},
    "another port's origin": {"origin": ELSEWHERE},
    "no origin at all, as of a sandbox": {"origin": "null"},
    "a page elsewhere that fetches": {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"},
    "another port that fetches": {"sec-fetch-site": "same-site", "sec-fetch-mode": "cors"},
    "an image elsewhere": {"sec-fetch-site": "cross-site", "sec-fetch-dest": "image"},
    "a frame elsewhere": {
        "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe",
    },
    "a page elsewhere, as it says": {"referer": "https://evil.example/"},
    "a preflight's question": {"access-control-request-method": "POST"},
}  # fmt: skip


@pytest.mark.parametrize("headers", REFUSED.values(), ids=REFUSED.keys())
def test_a_read_from_elsewhere_is_refused(signed_in: TestClient, headers) -> None:
    answer = signed_in.get("/bugs", headers=headers)
    assert answer.status_code == 403
    assert "KeyError" not in answer.text


FORGED = {
    **REFUSED,
    "no Origin": {"sec-fetch-site": "same-origin"},
    "no Sec-Fetch-Site": {"origin": ORIGIN},
    "a person's own address line": {"origin": ORIGIN, "sec-fetch-site": "none"},
    "another port, same site": {"origin": ORIGIN, "sec-fetch-site": "same-site"},
    "a link of elsewhere": {
        "origin": ORIGIN, "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate",
        "sec-fetch-dest": "document",
    },
}  # fmt: skip


@pytest.mark.parametrize("headers", FORGED.values(), ids=FORGED.keys())
def test_a_change_from_elsewhere_is_refused(client: TestClient, admission, headers) -> None:
    token = admission.new_token()
    answer = client.post("/session", data={"token": token}, headers=headers)
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers
    assert admission.admit(token) is not None, "the token was used up"


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_there_are_no_other_methods(signed_in: TestClient, method) -> None:
    assert signed_in.request(method, "/bugs", headers=OWN).status_code == 405


def test_a_link_from_elsewhere_opens_the_page_where_one_signs_in(client: TestClient) -> None:
    followed = {
        "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document",
    }  # fmt: skip
    answer = client.get("/bugs", headers=followed)
    assert answer.status_code == 401
    assert "KeyError" not in answer.text


@pytest.mark.parametrize(
    "path", ["/", "/bugs", "/bugs/v1:0123456789abcdef", "/records/x", "/none", "/session/x",
             "/static", "/staticx/console.js"]
)  # fmt: skip
def test_without_a_session_every_page_is_the_one_where_one_signs_in(client, path) -> None:
    answer = client.get(path)
    assert answer.status_code == 401
    assert "<title>Sign in" in answer.text


def test_what_the_page_is_made_of_needs_no_session(client: TestClient) -> None:
    for name in ("console.js", "console.css", "sign_in.js", "htmx.min.js", "icon.svg"):
        assert client.get(f"/static/{name}").status_code == 200
    assert client.get("/static/../application.py").status_code == 401
    assert client.get("/static/..%2fapplication.py").status_code == 404


@pytest.mark.parametrize("cookie", ["", "x", "tocsin-8123=x", "tocsin-8123=", "tocsin-8123=\xff"])
def test_another_cookie_is_none(client: TestClient, cookie) -> None:
    headers = {b"cookie": cookie.encode("latin-1")}
    assert client.get("/bugs", headers=headers).status_code == 401


@pytest.mark.parametrize("path", ["/bugs", "/none", "/static/console.js"])
def test_every_answer_has_the_headers(signed_in: TestClient, path) -> None:
    answers = [
        signed_in.get(path),
        signed_in.get(path, headers={"host": "evil.example"}),
        signed_in.post("/session", data={"token": "x"}, headers=OWN),
    ]
    for answer in answers:
        for name, value in HEADERS.items():
            assert answer.headers.get_list(name) == [value]
        assert not [name for name in answer.headers if name.startswith("access-control-")]


def test_no_code_in_the_page_may_run(signed_in: TestClient) -> None:
    policy = signed_in.get("/bugs").headers["content-security-policy"]
    assert "unsafe" not in policy
    directives = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert directives["default-src"] == "'none'"
    assert set(directives.values()) == {"'none'", "'self'"}


def test_the_cookie_is_for_this_page_alone(client: TestClient, admission) -> None:
    answer = client.post("/session", data={"token": admission.new_token()}, headers=OWN)
    value, *attributes = answer.headers["set-cookie"].split("; ")
    assert value.startswith("tocsin-8123=")
    assert {attribute.casefold() for attribute in attributes} == {
        "httponly", "path=/", "samesite=strict",
    }  # fmt: skip


@pytest.mark.parametrize("more", [{"next": "https://evil.example"}, {"redirect": "//evil.example"}])
def test_signing_in_leads_to_one_place(client: TestClient, admission, more) -> None:
    data = {"token": admission.new_token(), **more}
    answer = client.post("/session?next=//evil.example", data=data, headers=OWN)
    assert (answer.status_code, answer.headers["location"]) == (303, "/bugs")


def test_a_body_larger_than_any_form_is_refused(client: TestClient) -> None:
    assert client.post("/session", content=b"x" * 70_000, headers=OWN).status_code == 413


def test_nobody_opens_a_websocket(signed_in: TestClient) -> None:
    with pytest.raises(WebSocketDisconnect), signed_in.websocket_connect("/bugs"):
        pass
