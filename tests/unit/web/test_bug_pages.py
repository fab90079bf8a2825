"""The pages of bugs, in each of their states."""

from dataclasses import replace

import pytest
from botocore.exceptions import ClientError

from tests.conftest import slow
from tests.console_stage import NOW, record
from tests.unit.web.conftest import text_of
from tocsin.aws.account import NotDeployed
from tocsin.triage import Status
from tocsin.web.bug_pages import log_address, own_lines


def test_a_row_says_what_a_person_looks_for(page) -> None:
    said = text_of(page("/bugs"))
    assert (
        "NEW KeyError : 'sku' stock.py:24 in reserve Resolve Mute orders 25 "
        "2026-11-28 10:29:07Z first 2026-11-28 09:17:07Z r42" in said
    )
    assert "5 open 0 muted 0 resolved 0 drilled 5 all" in said


def test_the_trend_has_words(page) -> None:
    assert 'aria-label="25 in the last 24 hours, at most 15 in one, 10 in this one"' in page(
        "/bugs"
    )


STATES = [
    ((), "/bugs", "Nothing has failed."),
    (None, "/bugs?q=nothing", "No open bug matches nothing . Fields:"),
    (None, "/bugs?state=muted", "No bug is muted."),
    ("resolved", "/bugs", "All resolved. 5 resolved, 0 muted."),
]


@pytest.mark.parametrize(("given", "path", "said"), STATES)
def test_an_empty_list_says_why(page, bugs, given, path, said) -> None:
    if given == "resolved":
        bugs.value = tuple(replace(bug, state=Status.RESOLVED) for bug in bugs.value)
    elif given is not None:
        bugs.value = given
    assert said in text_of(page(path))


def expired(code: str, operation: str = "Query") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "said"}}, operation)


TROUBLES = [
    (expired("ExpiredTokenException"), "credentials", "have expired"),
    (expired("AccessDeniedException"), "denied", "You may not Query."),
    (expired("ThrottlingException"), "throttled", "AWS throttles Query"),
    (NotDeployed("x"), "not deployed", "Stage dev is not deployed in us-east-1."),
]


@pytest.mark.parametrize(("error", "obstacle", "said"), TROUBLES)
def test_a_trouble_stands_in_its_panel(page, bugs, error, obstacle, said) -> None:
    bugs.value = error
    shown = page("/bugs")
    assert f'data-obstacle="{obstacle}"' in shown
    assert said in text_of(shown)
    assert "Nothing has failed" not in shown


def test_what_was_read_before_stays_and_says_of_when_it_is(page, bugs) -> None:
    page("/bugs")
    bugs.value = expired("ExpiredTokenException")
    shown = page("/bugs")
    assert "KeyError" in shown
    assert "What you see is of" in text_of(shown)


def test_htmx_gets_the_list_alone(signed_in) -> None:
    part = signed_in.get("/bugs?q=KeyError", headers={"hx-request": "true"}).text
    assert part.lstrip().startswith('<div id="bugs"')
    assert "<html" not in part
    assert 'id="nav-bugs" hx-swap-oob' in part


def test_a_page_that_is_not_there(signed_in) -> None:
    for path in ("/none", "/bugs/v1:ffff", "/bugs/%3Cscript%3E"):
        answer = signed_in.get(path)
        assert answer.status_code == 404
        assert "<script>" not in answer.text


@slow
def test_a_bug_shows_its_newest_record(read) -> None:
    said = text_of(read("/bugs/v1:0123456789abcdef").text)
    for part in (
        "NEW KeyError : 'sku'",
        "25 failures since 2026-11-28 09:17:07Z",
        "first release r42",
        "Record 1 of 25",
        'left = STOCK[item["sku"]] - item["quantity"]',
        '"orderId": "o-0"',
        '"customer": "[redacted]"',
        "tocsin errors-repro 01M84DMPFT48X4TMWC48000000 --stage dev",
        "tocsin errors-show 01M84DMPFT48X4TMWC48000000 --stage dev",
    ):
        assert part in said


def test_what_was_logged_before_is_a_line_below_the_other(read, monkeypatch) -> None:
    logged = ["10:12:00.001 INFO root: <b>", "10:12:00.002 WARNING root: slow"]
    whole = {**record(3, NOW), "logBefore": logged}
    monkeypatch.setattr("tocsin.triage.show", lambda *_: whole)
    page = read("/bugs/v1:0123456789abcdef?record=01M84DMPFT48X4TMWC48000003").text
    assert "INFO root: &lt;b&gt;\n10:12:00.002 WARNING root: slow</pre>" in page


def test_a_record_has_one_before_and_one_after(read) -> None:
    page = read("/bugs/v1:0123456789abcdef?record=01M84DMPFT48X4TMWC48000003").text
    assert "Record 4 of 25" in text_of(page)
    assert 'rel="prev" href="/bugs/v1:0123456789abcdef?record=01M84DMPFT48X4TMWC48000002' in page
    assert 'rel="next" href="/bugs/v1:0123456789abcdef?record=01M84DMPFT48X4TMWC48000004' in page


def test_a_record_of_the_platform_says_what_it_cannot_have(read) -> None:
    said = text_of(read(f"/bugs/v1:{2:016x}").text)
    assert "errors-repro" not in said


def test_an_id_leads_to_its_bug(read) -> None:
    answer = read("/records/01M84DMPFT48X4TMWC48000003")
    assert answer.headers["location"] == (
        "/bugs/v1%3A0123456789abcdef?record=01M84DMPFT48X4TMWC48000003"
    )
    assert read("/records/none").status_code == 404


def test_neighbours_are_of_the_same_request(read) -> None:
    said = text_of(read("/records/01M84DMPFT48X4TMWC48000003/neighbours").text)
    # Every three minutes, twenty minutes before and after, the one itself left out.
    assert said.count("KeyError: 'sku'") == 9


@pytest.mark.parametrize(
    "path", ["/bugs/v1:0123456789abcdef", "/records/01M84DMPFT48X4TMWC48000003/neighbours"]
)
def test_the_pages_of_a_bug_are_of_the_view_of_bugs(read, path) -> None:
    assert '<a href="/bugs" aria-current="page">Bugs' in read(path).text


def test_own_frames_are_told_from_libraries() -> None:
    stack = (
        '  File "/opt/python/errorlog/handler.py", line 1, in x\n    call()\n'
        '  File "/var/task/stock.py", line 24, in reserve\n    left = 1\n'
        '  File "/var/task/site-packages/x.py", line 2, in y\n    z()\n'
    )
    assert own_lines(stack) == {2, 3}


LOGS = {
    ("us-east-1", "/aws/lambda/a", "2026/11/28/[$LATEST]5f"): (
        "https://us-east-1.console.aws.amazon.com/cloudwatch/home?region=us-east-1"
        "#logsV2:log-groups/log-group/$252Faws$252Flambda$252Fa"
        "/log-events/2026$252F11$252F28$252F$255B$2524LATEST$255D5f"
    ),
    ("cn-north-1", "g", "s"): (
        "https://console.amazonaws.cn/cloudwatch/home?region=cn-north-1"
        "#logsV2:log-groups/log-group/g/log-events/s"
    ),
    ("us-gov-west-1", "g", "s"): (
        "https://console.amazonaws-us-gov.com/cloudwatch/home?region=us-gov-west-1"
        "#logsV2:log-groups/log-group/g/log-events/s"
    ),
    ("us-east-1", "", "s"): "",
    ("us-east-1", "javascript:alert(1)", '"><script>'): (
        "https://us-east-1.console.aws.amazon.com/cloudwatch/home?region=us-east-1"
        "#logsV2:log-groups/log-group/javascript$253Aalert$25281$2529"
        "/log-events/$2522$253E$253Cscript$253E"
    ),
}  # fmt: skip


@pytest.mark.parametrize(("place", "address"), LOGS.items())
def test_the_address_of_a_log_stream(place, address) -> None:
    region, group, stream = place
    found = record(1, NOW, logGroup=group, logStream=stream)
    assert log_address(region, found) == address


@slow
def test_a_notice_that_was_withheld_is_said(at_table, table) -> None:
    (first, *_) = table.bugs.get().value
    why = "100 were told of in this hour"
    table.bugs.amend(lambda found: (replace(found[0], not_told=why), *found[1:]))
    said = text_of(at_table.get(f"/bugs/{first.fingerprint}").text)
    table.bugs._asked_at = None
    assert f"Nobody was told of it: {why}." in said
