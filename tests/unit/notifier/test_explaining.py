"""What is said is known: numbers that were read, bugs of the time, the alarms behind a page."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.alarm_reasons import datapoints
from notifier.alarm_tree import FiringAlarm, behind
from notifier.console_links import ConsoleOf
from notifier.explaining import explained
from notifier.explanation import PastAlarm
from notifier.quantities import clock, duration, number, quantity, times
from notifier.stage_facts import Route
from tests.unit.notifier.stage import BUG, NOW, Answers, deployed, facts, page, reason, told
from tocsin import names

ERRORS = names.alarm("orders", "error-rate", "prod")
THROTTLES = names.alarm("orders", "throttles", "prod")


def test_a_page_is_followed_down_to_what_fires() -> None:
    answers = Answers(deployed(ERRORS, THROTTLES))
    found = behind(page(), answers.describe, answers.then)
    assert {alarm.name for alarm in found} == {ERRORS, THROTTLES}
    assert answers.asked[0] == names.function_health("orders", "prod")


def test_a_page_that_is_read_late_is_followed_to_what_fired_then() -> None:
    """Its alarms may be well again by then: what changed since the page was sent is looked up."""
    over = deployed()
    over[names.function_health("orders", "prod")]["StateValue"] = "OK"
    for alarm in (ERRORS, names.function_health("orders", "prod")):
        over[alarm]["StateTransitionedTimestamp"] = NOW
    fired = FiringAlarm(ERRORS, reason(7.2, 6.1), NOW.replace(minute=16))
    answers = Answers(over, [17.28, 240.0], (BUG,), fired={ERRORS: fired})
    said = explained(page(), facts(), answers, NOW)
    assert said.headline == "errors 7.2 % (limit 5 %)"
    assert said.bugs == (BUG,)
    # What was well all the time is not asked about: its history would name another time.
    still = Answers(deployed(), fired=dict.fromkeys(deployed(), fired))
    assert behind(page(), still.describe, still.then) == ()


def test_records_are_looked_for_by_their_own_clock_where_the_alarms_is_ahead() -> None:
    asked: list[tuple[datetime, datetime]] = []

    class Noted(Answers):
        def bugs(self, functions, since, until):
            asked.append((since, until))
            return super().bugs(functions, since, until)

    behind_by = timedelta(hours=3)
    for now in (NOW, NOW - behind_by):
        said = explained(page(), facts(), Noted(deployed(ERRORS), [1.0, 9.0], (BUG,)), now)
        assert said.headline == "errors 11.1 % (limit 5 %)", "the whole of its datapoints is summed"
    (since, until), (ahead_since, ahead_until) = asked
    assert until - ahead_until == behind_by
    late = timedelta(seconds=30)  # as much as the page was on its way, NOW
    assert since - ahead_since == behind_by - late


def test_a_recovery_names_the_bugs_that_nobody_has_decided_about() -> None:
    bugs = {
        f"v1:{number:016x}": {"status": status, "type": f"{status}Error", "count": 3}
        for number, status in enumerate(("muted", "new", "resolved", "regressed", "drilled"))
    }
    past = PastAlarm(alarm=ERRORS, function="orders", value="7.2 %", began=NOW, bugs=tuple(bugs))
    answers = Answers(deployed(), [1.0, 250.0], known=bugs)
    said = explained(page("OK"), facts(), answers, NOW, past)
    assert [bug.memory for bug in said.bugs] == ["new", "regressed"]
    assert said.sentence.endswith("newError (3 times) and 1 more are still open.")
    assert said.command.endswith("errors-show v1:0000000000000001 --stage prod")
    kept = PastAlarm.of_data(json.loads(json.dumps(past.as_data())))
    assert kept == past

    class Refused(Answers):
        def remembered(self, fingerprints):
            raise PermissionError

    unread = explained(page("OK"), facts(), Refused(deployed(), [1.0, 250.0]), NOW, past)
    assert (unread.bugs, "open" in unread.sentence) == ((), False)


def test_rules_that_lead_in_circles_and_wide_ones_end() -> None:
    circle = {
        name: {"AlarmName": name, "StateValue": "ALARM",
               "AlarmRule": " OR ".join(f'ALARM("w{n}")' for n in range(3_000)) + ' ALARM("a")'}
        for name in ("a", names.function_health("orders", "prod"))
    }  # fmt: skip
    answers = Answers(circle)
    assert behind(page(), answers.describe, answers.then) == ()
    assert len(answers.asked) <= 1_000
    assert len(set(answers.asked)) == len(answers.asked)


def test_without_the_numbers_it_says_which_limit_was_passed_and_no_number() -> None:
    said = explained(page(), facts(), Answers(deployed(ERRORS), None, (BUG,)), NOW)
    assert said.headline == "errors (limit 5 %)"
    assert said.sentence.startswith("orders on prod fails: error rate above 5.0 %, since")


@pytest.mark.parametrize(
    ("failures", "calls", "limit"),
    [  # over two datapoints: from 100 calls in each 5 %, from 20 calls 20 %, below 50 %
        (12.0, 200.0, "5 %"),
        (60.0, 199.0, "20 %"),
        (60.0, 40.0, "20 %"),
        (30.0, 39.0, "50 %"),
        (2.0, 2.0, "50 %"),
        (1.0, 4.0, "5 %"),  # one of the two had fewer calls, and failed more
    ],
)
def test_the_limit_is_that_of_so_many_calls(failures, calls, limit) -> None:
    said = explained(page(), facts(), Answers(deployed(ERRORS), [failures, calls], (BUG,)), NOW)
    assert said.headline.endswith(f"(limit {limit})")


@pytest.mark.parametrize("totals", [[0.0, 0.0], [5.0], []])
def test_no_share_is_made_of_nothing(totals) -> None:
    said = explained(page(), facts(), Answers(deployed(ERRORS), totals, ()), NOW)
    assert said.headline == "errors (limit 5 %)"


def test_a_bug_is_new_only_where_the_memory_says_so() -> None:
    unknown = replace(BUG, memory=None, first_seen=None, first_release="")
    said = explained(page(), facts(), Answers(deployed(ERRORS), [1, 2], (unknown,)), NOW)
    assert said.bugs[0].memory is None


def test_no_record_yet_is_said_and_so_is_what_cannot_be_read() -> None:
    none = explained(page(), facts(), Answers(deployed(ERRORS), [1, 2], ()), NOW)
    assert none.bugs_note == "no record of one yet"
    unread = explained(page(), facts(), Answers(deployed(ERRORS), [1, 2], None), NOW)
    assert unread.bugs_note == "not read (PermissionError)"


def test_who_is_told_by_owner_and_severity() -> None:
    def route(name: str, severity: str = "page", *owners: str) -> Route:
        return Route(id=name, protocol="slack", severity=severity, owners=owners)  # type: ignore[arg-type]

    known = replace(
        facts(),
        routes=(route("all"), route("shop", "page", "shop"), route("pay", "page", "pay", "ops"),
                route("tickets", "ticket")),
    )  # fmt: skip

    def ids(severity: str, *owners: str) -> list[str]:
        return [route.id for route in known.routes_for(severity, set(owners))]  # type: ignore[arg-type]

    assert ids("page", "shop") == ["all", "shop"]
    assert ids("page", "ops") == ["all", "pay"]
    assert ids("page", "nobody") == ["all"]
    # Whose it is nobody knows: all hear of it.
    assert ids("page", "") == ids("page") == ["all", "shop", "pay"]
    assert ids("ticket", "shop") == ["tickets"]
    only = replace(known, routes=(route("shop", "page", "shop"),))
    assert [route.id for route in only.routes_for("page", {"pay"})] == ["shop"]


REASONS = [
    (reason(7.2, 6.1), [7.2, 6.1]),
    ("Threshold Crossed: 1 datapoint [1.0E7 (28/11/26 10:15:00)] was greater ...", [1e7]),
    ("Threshold Crossed: no datapoints were received for 5 periods", []),
    ("[NaN (28/11/26 10:15:00)] [1.5 (99/99/99 10:15:00)] [1e999 (28/11/26 10:15:00)]", []),
    ("", []),
]


@pytest.mark.parametrize(("text", "values"), REASONS)
def test_the_datapoints_of_a_reason(text, values) -> None:
    assert [point.value for point in datapoints(text)] == values


@given(st.text(alphabet="0123456789.E+-()/: [],", max_size=300))
def test_no_reason_breaks_the_reading_of_it(text) -> None:
    explained(told(ERRORS, NewStateReason=text), facts(), Answers(), NOW)


LINKS = [
    # Written out by hand: a change of how they are made shows here, one of the console does not.
    (
        ConsoleOf("aws", "us-east-1").log(
            "/aws/lambda/orders-function-prod", NOW, NOW, "2026/11/28/[$LATEST]0f3c"
        ),
        "https://us-east-1.console.aws.amazon.com/cloudwatch/home?region=us-east-1"
        "#logsV2:log-groups/log-group/$252Faws$252Flambda$252Forders-function-prod/log-events/"
        "2026$252F11$252F28$252F$255B$2524LATEST$255D0f3c"
        "$3Fstart$3D1795861020000$26end$3D1795861020000",
    ),
    (
        ConsoleOf("aws-cn", "cn-north-1").dashboard("monitoring-dashboard-prod"),
        "https://cn-north-1.console.amazonaws.cn/cloudwatch/home?region=cn-north-1"
        "#dashboards/dashboard/monitoring-dashboard-prod",
    ),
    (
        ConsoleOf("aws-us-gov", "us-gov-west-1").alarm("a b/c"),
        "https://us-gov-west-1.console.amazonaws-us-gov.com/cloudwatch/home?region=us-gov-west-1"
        "#alarmsV2:alarm/a%20b%2Fc",
    ),
]


@pytest.mark.parametrize(("link", "url"), LINKS)
def test_a_link_has_the_form_that_the_console_is_known_by(link, url) -> None:
    assert link.url == url


@pytest.mark.parametrize(
    ("partition", "region"), [("aws-iso", "us-iso-east-1"), ("aws", "evil.example.com/x")]
)
def test_no_link_leads_where_no_console_is_known(partition, region) -> None:
    assert ConsoleOf(partition, region).alarm("x") is None


def test_numbers_and_times_are_read_at_a_glance() -> None:
    said = [number(value) for value in (7.166, 5.0, 0.0421, 1240.4, 99.96, 0.00000012, -3.5)]
    assert said == ["7.17", "5", "0.0421", "1,240", "100", "0", "-3.5"]
    assert [quantity(93_000, " ms"), quantity(0.04, " %")] == ["93 s", "0.04 %"]
    assert [duration(s) for s in (0, 89, 1_380, 17_000, 260_000)] == [
        "0 s", "89 s", "23 min", "5 h", "3 days",
    ]  # fmt: skip
    assert (times(1), times(1_200, True)) == ("once", "at least 1,200 times")
    assert clock(datetime(2026, 11, 21, 9, 30, tzinfo=UTC), NOW) == "21 Nov 09:30 UTC"


def test_a_recovery_says_no_number_that_contradicts_it() -> None:
    """An alarm of several datapoints, or of more failures where calls are few, may be over so."""
    said = explained(told(ERRORS, "OK"), facts(), Answers(deployed(), [9.0, 40.0]), NOW)
    assert said.headline == "errors within the limit"
