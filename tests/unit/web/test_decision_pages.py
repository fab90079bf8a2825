"""Deciding about a bug from the page: what is written, what is said, and the way back."""

import dataclasses

import pytest
from botocore.exceptions import ClientError

from tests.conftest import slow
from tests.console_stage import NOW
from tests.unit.web.conftest import OWN, text_of
from tocsin import triage
from tocsin.triage import Status

pytestmark = slow

KEY_ERROR = "v1:0123456789abcdef"
HTMX = {**OWN, "hx-request": "true"}
ON_THE_LIST = {**HTMX, "hx-current-url": "http://x/bugs?q=type%3AKeyError&state=open"}
ON_THE_BUG = {**HTMX, "hx-current-url": f"http://x/bugs/{KEY_ERROR}"}


@pytest.fixture
def bug(table):
    """What is remembered of the KeyError; as it was, once a test is over."""

    def now():
        return triage.bug(table.account, table.stage, KEY_ERROR)

    before = now()
    yield now
    triage.restore(table.account, table.stage, before, now())


def decide(client, what: str, headers=OWN, **fields: str):
    return client.post(f"/bugs/{KEY_ERROR}/{what}", data=fields, headers=headers)


DECISIONS = [
    ("resolve", {}, Status.RESOLVED, {"release": "", "after": "r42", "by": "ada"}),
    ("resolve", {"release": "r42"}, Status.RESOLVED, {"release": "r42", "by": "ada"}),
    ("mute", {"until": "100 more failures"}, Status.MUTED, {"count": 125, "until": ""}),
    ("mute", {"until": "10,000 more failures"}, Status.MUTED, {"count": 10_025}),
]


@pytest.mark.parametrize(("what", "fields", "status", "state"), DECISIONS)
def test_a_decision_is_written(at_table, table, bug, what, fields, status, state) -> None:
    answer = decide(at_table, what, **fields)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/bugs/{KEY_ERROR}")
    found = bug()
    assert found.status(table.now()) is status
    assert {name: getattr(found.state, name) for name in state} == state


def test_a_mute_without_more_is_for_a_week(at_table, bug) -> None:
    decide(at_table, "mute", until="for ever")
    assert (bug().state.until > bug().state.at, bug().state.count) == (True, 0)


def test_the_list_goes_on_without_it_and_offers_the_way_back(at_table, bug) -> None:
    at_table.get("/bugs")
    part = decide(at_table, "resolve", ON_THE_LIST).text
    assert part.lstrip().startswith('<div id="bugs"')
    said = text_of(part)
    assert "0 open 0 muted 1 resolved 0 drilled 1 all" in said
    assert "Resolved. Undo" in said
    assert f'hx-post="/bugs/{KEY_ERROR}/undo"' in part
    part = decide(at_table, "undo", ON_THE_LIST).text
    assert "1 open" in text_of(part)
    assert "Undo" not in text_of(part)
    assert bug().status(NOW) is Status.NEW


def test_the_way_back_is_to_what_it_was(at_table, bug) -> None:
    decide(at_table, "mute", until="100 more failures")
    muted = bug().state
    decide(at_table, "resolve", ON_THE_BUG)
    decide(at_table, "undo", ON_THE_BUG)
    assert bug().state == muted
    decide(at_table, "undo", ON_THE_BUG)
    assert bug().state == muted, "undone twice"


def test_the_bug_says_what_was_decided_and_by_whom(at_table, bug) -> None:
    at_table.get("/bugs")
    said = text_of(decide(at_table, "resolve", ON_THE_BUG, release="r42").text)
    assert "RESOLVED KeyError" in said
    assert "resolved in r42" in said
    assert "by ada" in said
    assert "Open again" in said
    said = text_of(decide(at_table, "reopen", ON_THE_BUG).text)
    assert "Resolve e" in said


def test_a_note_is_kept_as_it_was_written(at_table, table, bug) -> None:
    at_table.get("/bugs")
    said = decide(at_table, "note", ON_THE_BUG, text="<b>the supplier's</b> fault").text
    assert "&lt;b&gt;the supplier&#39;s&lt;/b&gt; fault" in said
    assert bug().notes[-1].text == "<b>the supplier's</b> fault"
    nothing = text_of(decide(at_table, "note", ON_THE_BUG, text="  ").text)
    assert "Nothing to note." in nothing
    assert "Undo" not in nothing
    triage.note(table.account, table.stage, KEY_ERROR, "")


def test_a_note_is_taken_back_and_nothing_else(at_table, table, bug) -> None:
    triage.note(table.account, table.stage, KEY_ERROR, "of before")
    decide(at_table, "mute", ON_THE_BUG, until="100 more failures")
    muted = bug().state
    assert "Undo" in text_of(decide(at_table, "note", ON_THE_BUG, text="not this one").text)
    triage.note(table.account, table.stage, KEY_ERROR, "of somebody else")
    decide(at_table, "undo", ON_THE_BUG)
    assert [note.text for note in bug().notes] == ["of before", "of somebody else"]
    assert bug().state == muted
    triage.note(table.account, table.stage, KEY_ERROR, "")


def test_what_came_while_a_note_was_written_stays(at_table, table, bug) -> None:
    decide(at_table, "note", ON_THE_BUG, text="not this one")
    triage.resolve(table.account, table.stage, KEY_ERROR)
    decide(at_table, "undo", ON_THE_BUG)
    assert (bug().status(NOW), bug().notes) == (Status.RESOLVED, ())


def test_a_read_decides_nothing(at_table, bug) -> None:
    before = bug()
    for what in ("resolve", "mute", "reopen", "note", "undo"):
        assert at_table.get(f"/bugs/{KEY_ERROR}/{what}").status_code in (404, 405)
    assert bug() == before


@pytest.mark.parametrize("what", ["resolve", "mute", "reopen", "note", "undo"])
def test_another_page_decides_nothing(at_table, bug, what) -> None:
    before = bug()
    forged = {"origin": "http://127.0.0.1:8123", "sec-fetch-site": "same-site"}
    assert decide(at_table, what, forged).status_code == 403
    assert bug() == before


def test_who_may_not_decide_is_told_which_policy_has_it(at_table, bug, monkeypatch) -> None:
    def refused(*_, **__):
        said = "User: x is not authorized to perform: dynamodb:PutItem on resource: y"
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": said}}, "PutItem")

    monkeypatch.setattr(triage, "resolve", refused)
    at_table.get("/bugs")
    said = text_of(decide(at_table, "resolve", ON_THE_BUG).text)
    assert (
        "You may not dynamodb:PutItem. Type: tocsin permissions --stage dev --role triager" in said
    )
    assert "NEW KeyError" in said


def test_a_bug_that_is_not_there(at_table) -> None:
    answer = at_table.post("/bugs/v1:ffff/resolve", headers=OWN)
    assert "There is no bug v1:ffff." in text_of(answer.text)


def test_a_stage_without_a_memory_offers_no_decision(at_table, table, monkeypatch) -> None:
    bugs = table.stage.bugs.model_copy(update={"enabled": False})
    monkeypatch.setattr(table, "stage", dataclasses.replace(table.stage, bugs=bugs))
    page = at_table.get("/bugs").text
    assert "KeyError" in page
    assert "/resolve" not in page
    assert "/resolve" not in at_table.get(f"/bugs/{KEY_ERROR}").text
