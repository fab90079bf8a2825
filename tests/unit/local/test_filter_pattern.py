"""Filter patterns of all kinds, as the documentation of CloudWatch Logs describes them."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.local.filter_pattern import InvalidPattern, compiled, matches

A = "[ERROR 400] BAD REQUEST"
B = "[ERROR 401] UNAUTHORIZED REQUEST"
C = "[ERROR 419] MISSING ARGUMENTS"

CASES = [
    ("", {A, B, C}),
    ("ERROR", {A, B, C}),
    ("ERROR ARGUMENTS", {C}),
    ('"BAD REQUEST"', {A}),
    ('"REQUEST BAD"', set()),
    ("?BAD ?ARGUMENTS", {A, C}),
    ('?"BAD REQUEST" ?419', {A, C}),
    ("ERROR -ARGUMENTS", {A, B}),
    ("-ERROR", set()),
    # Where a plain term stands beside them, options do not count.
    ("ERROR ?NOWHERE", {A, B, C}),
    ("%4[01]%", {A, B, C}),
    ("%40[01]%", {A, B}),
    ("error", set()),
]


@pytest.mark.parametrize(("pattern", "passing"), CASES)
def test_which_lines_pass(pattern, passing) -> None:
    assert {line for line in (A, B, C) if matches(pattern, line)} == passing


def test_a_quote_is_escaped_by_a_backslash() -> None:
    pattern = r'?"\"status\":\"timeout\""'
    assert matches(pattern, '{"record":{"status":"timeout"}}')
    assert not matches(pattern, '{"record":{"status":"success"}} timeout')


EVENT = {
    "eventType": "UpdateTrail",
    "sourceIPAddress": "111.111.111.111",
    "arrayKey": ["value", "another value"],
    "objectList": [{"name": "a", "id": 1}, {"name": "b", "id": 2}],
    "SomeObject": None,
    "ThisFlag": True,
    "bandwidth": 75,
    "latency": 50.5,
    "cost": 1e-3,
    "big": 12345678901234567890,
    "dotted.key": "here",
    "text": "404",
}


# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/matching-terms-json-log-events.html
@pytest.mark.parametrize(
    ("pattern", "passes"),
    [
        ('{ $.eventType = "UpdateTrail" }', True),
        ("{ $.eventType = UpdateTrail }", True),
        ('{$.eventType="updatetrail"}', False),
        ('{ $.eventType = "Update*" }', True),
        ("{ $.eventType = *Trail }", True),
        ("{ $.eventType = *Tr*t* }", False),
        ("{ $.sourceIPAddress != 123.123.* }", True),
        ("{ $.sourceIPAddress != 111.111.* }", False),
        ("{ $.sourceIPAddress = %111[.]1% }", True),
        ('{ $.arrayKey[0] = "value" }', True),
        ('{ $.arrayKey[*] = "another value" }', True),
        ('{ $.arrayKey[2] = "value" }', False),
        ("{ $.objectList[1].id = 2 }", True),
        ("{ $.objectList[*].id = 3 }", False),
        ("{ $.SomeObject IS NULL }", True),
        ("{ $.SomeOtherObject NOT EXISTS }", True),
        ("{ $.SomeObject NOT EXISTS }", False),
        ("{ $.ThisFlag IS TRUE }", True),
        ("{ $.ThisFlag IS FALSE }", False),
        ("{ $.bandwidth > 75 }", False),
        ("{ $.bandwidth >= 75 }", True),
        ("{ $.latency < 51 && $.bandwidth = 75 }", True),
        ("{ $.cost = 1e-3 }", True),
        ("{ $.big = 1234567890123456789* }", True),
        ("{ $['dotted.key'] = here }", True),
        ("{ $.text = 404 }", False),
        ('{ $.text = "404" }', True),
        ("{ $.nothing = * }", False),
        ("{ $.eventType = * }", True),
        ('{ ($.eventType = "x" || $.bandwidth = 75) && ($.latency > 1) }', True),
        ('{ $.eventType = "x" && $.bandwidth = 75 || $.latency > 1 }', True),
        ('{ $.eventType = "a && b" }', False),
    ],
)
def test_which_json_passes(pattern: str, passes: bool) -> None:
    assert matches(pattern, json.dumps(EVENT)) is passes
    assert not matches(pattern, "no JSON at all")
    assert not matches(pattern, "[1, 2]")


LINE = '127.0.0.1 Prod frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534'
NAMES = "ip, server, username, timestamp, request, status_code, bytes"


# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/matching-terms-space-delimited-log-events.html
@pytest.mark.parametrize(
    ("pattern", "passes"),
    [
        (f"[{NAMES}]", True),
        (f"[{NAMES.replace('bytes', 'bytes > 1000')}]", True),
        (f"[{NAMES.replace('bytes', 'bytes > 2000')}]", False),
        ("[ip, server, username, timestamp, request = *.html*, status_code = 4*, bytes]", True),
        ("[..., status_code = 4*, bytes]", True),
        ("[..., status_code = 5*, bytes]", False),
        ("[ip = %127[.]0%, ...]", True),
        ("[ip, ..., bytes]", True),
        ("[ip, server]", False),
        ("[..., (status_code = 404 || status_code = 410), bytes]", True),
        ("[..., status_code != 404 && status_code != 410, bytes]", False),
        ('[ip, user = "Prod", ...]', True),
    ],
)
def test_which_fields_pass(pattern: str, passes: bool) -> None:
    assert matches(pattern, LINE) is passes


@pytest.mark.parametrize(
    ("pattern", "selector", "message", "value"),
    [
        ("{ $.latency > 1 }", "$.latency", json.dumps(EVENT), 50.5),
        ("{ $.latency > 1 }", "$.objectList[1].name", json.dumps(EVENT), "b"),
        ("{ $.latency > 1 }", "$.nothing", json.dumps(EVENT), None),
        (f"[{NAMES}]", "$bytes", LINE, "1534"),
        (f"[{NAMES}]", "$nothing", LINE, None),
        ("ERROR", "$.latency", "ERROR", None),
    ],
)
def test_what_a_metric_filter_takes_from_an_event(pattern, selector, message, value) -> None:
    assert compiled(pattern).value(selector, message) == value


@pytest.mark.parametrize(
    "pattern",
    [
        '{ $.level = "ERROR"',
        "{ level = ERROR }",
        "{ $.level }",
        "{ $.level == ERROR }",
        "{ $.level > ERROR }",
        "{ $.level = ERROR && }",
        "{ ($.level = ERROR }",
        '{ $.level = "ERROR }',
        "{ $.level[x] = 1 }",
        "{}",
        "[ip, user",
        "[ip, ..., user, ...]",
        "[ip = ]",
        '[ip = "a, user]',
        "[ip = 1 && user = 2]",
        '"not closed',
        "%(a|b)%",
        "%[a%",
        "{ $.a = %(b)% }",
        "{ " + "(" * 1000 + "$.a = 1" + ")" * 1000 + " }",
    ],
)
def test_what_is_no_pattern_is_refused(pattern: str) -> None:
    with pytest.raises(InvalidPattern):
        matches(pattern, "anything")


@given(st.text(alphabet='{}[]()$.*="%&|!<> ,a1-?\\', max_size=60), st.text(max_size=40))
def test_any_pattern_matches_or_is_refused(pattern: str, message: str) -> None:
    with suppress(InvalidPattern):
        assert matches(pattern, message) in (True, False)
        assert matches(pattern, '{"a": {"a": [1, "1", null, true]}}') in (True, False)
