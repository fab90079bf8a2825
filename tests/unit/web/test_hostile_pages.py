"""Hostile records on the console's pages: the elements of any other page, the texts as texts."""

import ast
import re
from html.parser import HTMLParser
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from tests import console_stage, hostile_records
from tests.conftest import DEEP, ROOT, slow, some
from tests.console_stage import record
from tests.unit.web.conftest import AUTHORITY, ORIGIN, OWN
from tocsin.web.admission import Admission
from tocsin.web.application import application

pytestmark = slow

# A store holds no lone surrogates.
TEXTS = [
    text.encode("utf-8", "replace").decode() for text in some(hostile_records.TEXTS.values(), 3)
]
BENIGN = "a text"


# What the table takes: keys alone, and values of any type in all the other fields.
KEYS = {"timestamp": "2026-11-28T10:00:00.000Z", "functionName": "payments-function-dev"}
BARE = [
    {**KEYS, "errorId": "01BARE0", "fingerprint": "v1:aaaaaaaaaaaaaaa0"},
    {
        **KEYS, "errorId": "01BARE1", "fingerprint": "v1:aaaaaaaaaaaaaaa1", "stackTrace": 7,
        "event": None, "context": [1], "durationMs": "soon", "coldStart": {"a": []}, "source": 1,
        "requestId": ["x"], "traceId": "one", "logGroup": 1, "logStream": {},
    },
    {**KEYS, "errorId": "01BARE2", "fingerprint": "v1:aaaaaaaaaaaaaaa2", "traceId": "one"},
]  # fmt: skip


class Page(HTMLParser):
    """Which elements a page has, with which attributes; and what must not be there at all."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: set[tuple[str, tuple[str, ...]]] = set()
        self.links: list[str] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag, attrs) -> None:
        self.elements.add((tag, tuple(sorted(name for name, _ in attrs))))
        assert not [name for name, _ in attrs if name.startswith("on") or name == "style"]
        self.links += [value for name, value in attrs if name in ("href", "src", "action")]

    def handle_data(self, data) -> None:
        self.texts.append(data)

    def handle_comment(self, data) -> None:
        raise AssertionError(f"a comment: {data}")


def parsed(text: str) -> Page:
    for line in text.split("\n"):
        assert line.replace("\t", "").isprintable(), ascii(line)
    page = Page()
    page.feed(text)
    for link in page.links:
        assert re.match(r"/|#|https://us-east-1\.console\.aws\.amazon\.com/|$", link), link
    return page


def of(text: str, number: int) -> dict:
    return record(number, console_stage.NOW) | hostile_records.record(text) | {
        "errorId": f"01HOSTILE{number:03d}", "fingerprint": f"v1:{number:016x}",
    }  # fmt: skip


@pytest.fixture(scope="module")
def read():
    """``read(path)``: pages of a stage whose bugs are those texts, the first one harmless."""
    found = [of(text, number) for number, text in enumerate([BENIGN, *TEXTS])]
    found += [
        {**dict.fromkeys(("errorType", "errorMessage", "topFrame", "release"), ""), **bare}
        for bare in BARE
    ]
    with console_stage.console(found, region="us-west-2") as made:
        admission = Admission()
        client = TestClient(
            application(made, admission, AUTHORITY), base_url=ORIGIN, follow_redirects=False
        )
        client.post("/session", data={"token": admission.new_token()}, headers=OWN)
        yield lambda path: client.get(path).text


def test_the_list_has_the_elements_of_any_other(read) -> None:
    benign = parsed(read("/bugs?state=all&q=%22a+text%22")).elements
    for page in (1, 2):
        shown = parsed(read(f"/bugs?state=all&page={page}"))
        pager = {("a", ("href", "rel")), ("nav", ("aria-label", "class")), ("span", ())}
        assert shown.elements - benign <= pager


def test_each_bug_has_the_elements_of_any_other(read) -> None:
    benign = parsed(read(f"/bugs/v1:{0:016x}")).elements
    numbers = range(1, len(TEXTS) + 1, 1 if DEEP else 15)
    for number in numbers:
        shown = parsed(read(f"/bugs/v1:{number:016x}"))
        assert shown.elements <= benign
        text = TEXTS[number - 1]
        if text.strip() and text.isascii() and text.isprintable() and len(text) < 160:
            assert " ".join(text.split()) in " ".join("".join(shown.texts).split())


def test_records_with_keys_alone_or_values_of_any_type_are_shown(read) -> None:
    for number in range(len(BARE)):
        assert f"01BARE{number}" in read(f"/bugs/v1:aaaaaaaaaaaaaaa{number}")
    assert "/records/01BARE2" in read("/records/01BARE1/neighbours")


def test_a_search_of_any_text_is_shown_as_text(read) -> None:
    benign = parsed(read("/bugs?q=nothing+at+all")).elements
    for text in TEXTS[:: 1 if DEEP else 10]:
        shown = parsed(read(f"/bugs?q={quote(text)}"))
        assert ("script", ()) not in shown.elements
        if "No open bug matches" in "".join(shown.texts):
            assert shown.elements <= benign


def test_no_template_can_say_that_a_text_is_safe() -> None:
    web = ROOT / "tocsin" / "web"
    for template in (web / "templates").iterdir():
        text = template.read_text(encoding="utf-8")
        assert not re.search(r"\|\s*safe|autoescape|Markup|\bstyle=|\son\w+=|javascript:", text), (
            template.name
        )
        assert "<script>" not in text
        assert "<style" not in text
    made = {
        module.name
        for module in web.glob("*.py")
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Markup"
    }
    # The picture of a backtest, which escapes the one text that is in it.
    assert made == {"alarm_pages.py"}
