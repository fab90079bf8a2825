"""The pages of alarms: what is wrong first, and what the engine makes of one."""

import json
import re
from types import SimpleNamespace

import pytest
from botocore.exceptions import ClientError
from starlette.testclient import TestClient

from tests.conftest import DEMO, slow
from tests.console_alarms import CloudWatch
from tests.console_stage import NOW, FrozenConsole, records
from tests.unit.web.conftest import AUTHORITY, ORIGIN, OWN, text_of
from tocsin import config
from tocsin.aws.alarm_states import AlarmState
from tocsin.web.alarm_list import STATES, AlarmQuery, listed_alarms
from tocsin.web.alarm_pages import changes
from tocsin.web.alarm_plot import alarm_plot
from tocsin.web.alarm_reading import read_alarm
from tocsin.web.application import application
from tocsin.web.bug_reading import entries

FIRING = "orders-error-rate-alarm-dev"


@pytest.fixture(scope="module")
def cloudwatch() -> CloudWatch:
    return CloudWatch(config.load(DEMO, "dev"))


@pytest.fixture
def account(cloudwatch):
    services = {"cloudwatch": cloudwatch}
    return SimpleNamespace(
        region="us-east-1", local=None, session=None, client=lambda name, **_: services.get(name)
    )


@pytest.fixture
def read(account, admission, tmp_path):
    """``read(path)``: a page of a stage whose alarms are those of ``cloudwatch``."""
    console = FrozenConsole(tmp_path, config.load(DEMO, "dev"), lambda: account)
    console.bugs._read = lambda: entries(config.load(DEMO, "dev"), records(), NOW)
    client = TestClient(
        application(console, admission, AUTHORITY), base_url=ORIGIN, follow_redirects=False
    )
    client.post("/session", data={"token": admission.new_token()}, headers=OWN)
    return client.get


def test_what_is_wrong_is_first(read) -> None:
    said = text_of(read("/alarms").text)
    assert said.index("ALARM health-alarm-dev") < said.index("OK payments-latency-alarm-dev")
    assert f"ALARM {FIRING} Threshold Crossed: 2 out of the last 2 datapoints" in said
    assert "0 not deployed" in said


def test_a_reason_stands_where_something_is_wrong(read) -> None:
    said = text_of(read("/alarms?state=OK").text)
    assert "Threshold Crossed" not in said


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/alarms?q=nothing", "No alarm matches nothing ."),
        ("/alarms?state=INSUFFICIENT_DATA", "No alarm has the state no data."),
        ("/alarms?q=x&state=INSUFFICIENT_DATA", "No alarm has the state no data and matches x ."),
    ],
)
def test_an_empty_list_says_why(read, path, said) -> None:
    assert said in text_of(read(path).text)


def state(name: str, state: str, **changes) -> AlarmState:
    given = {"function": "orders", "kind": "x", "since": None, "reason": "", "definition": {}}
    return AlarmState(name=name, state=state, **(given | changes))


def test_the_order_of_the_list() -> None:
    alarms = [
        *(state(f"{name}", name) for name in reversed(STATES)),
        state("a-new-one", "ALARM", since=NOW),
    ]
    found = listed_alarms(alarms, AlarmQuery())
    assert [alarm.name for alarm in found.alarms] == ["a-new-one", *STATES]
    assert found.counts == {"ALARM": 2, "NOT DEPLOYED": 1, "INSUFFICIENT_DATA": 1, "OK": 1,
                            "muted": 0}  # fmt: skip
    assert listed_alarms([state(str(n), "OK") for n in range(120)], AlarmQuery(page=9)).page == 3


@slow
def test_what_tells_nobody_says_until_when_and_by_which_rule(read, cloudwatch, monkeypatch) -> None:
    quiet = "payments-latency-alarm-dev"
    monkeypatch.setattr(cloudwatch, "mute_rules", {})
    cloudwatch.mute("hand-mute-1-dev", [quiet, FIRING], "we <i>move</i>",
                    Expression="at(2026-11-28T10:05)", Duration="PT2H")  # fmt: skip
    # By its ARN, every night until ten by the rule's own clock; and one of a form not known here.
    arn = f"arn:aws:cloudwatch:us-east-1:123456789012:alarm:{FIRING}"
    cloudwatch.mute("nightly", [arn, "of-another-stage"], "", Expression="cron(0 22 * * *)",
                    Duration="PT14H", Timezone="Europe/Berlin")  # fmt: skip
    cloudwatch.mute("unknown", [FIRING], "", Expression="when(x)", Duration="P1Y")
    off = cloudwatch.alarms["payments-throttles-alarm-dev"]
    monkeypatch.setitem(off, "ActionsEnabled", False)
    said = text_of(read("/alarms").text)
    assert "3 muted" in said
    assert (
        "MUTED now by others, rule unknown "
        "MUTED until 2026-11-28 12:05:00Z by hand, rule hand-mute-1-dev: we <i>move</i> "
        "MUTED until 2026-11-28 11:00:00Z by others, rule nightly orders error-rate"
    ) in said
    assert "ACTIONS OFF it tells nobody payments throttles" in said
    said = text_of(read("/alarms?state=muted").text)
    assert said.count("MUTED") == 4
    assert "health-alarm-dev" not in said
    said = text_of(read(f"/alarms/{quiet}").text)
    assert "MUTED until 2026-11-28 12:05:00Z by hand, rule hand-mute-1-dev: we <i>move" in said
    assert "MUTED" not in text_of(read("/alarms/payments-error-rate-alarm-dev").text)


def test_where_nothing_is_muted_the_list_says_so(read) -> None:
    assert "No alarm is muted." in text_of(read("/alarms?state=muted").text)


def test_a_rule_that_is_gone_by_now_mutes_nothing(read, cloudwatch, monkeypatch) -> None:
    monkeypatch.setattr(cloudwatch, "mute_rules", {})
    cloudwatch.mute("drill-mute-1-dev", [FIRING], "", Expression="x", Duration="PT2H")
    cloudwatch.mute("hand-mute-2-dev", [FIRING], "", Expression="x", Duration="PT2H")
    get = cloudwatch.get_alarm_mute_rule

    def get_alarm_mute_rule(AlarmMuteRuleName: str):
        if AlarmMuteRuleName.startswith("drill"):
            raise ClientError({"Error": {"Code": "ResourceNotFoundException"}}, "x")
        return get(AlarmMuteRuleName)

    monkeypatch.setattr(cloudwatch, "get_alarm_mute_rule", get_alarm_mute_rule, raising=False)
    said = text_of(read("/alarms").text)
    assert "MUTED now by hand, rule hand-mute-2-dev" in said
    assert "1 muted" in said
    assert "drill-mute" not in said


def test_whoever_may_not_see_what_mutes_sees_the_alarms(read, cloudwatch, monkeypatch) -> None:
    said = "User: x is not authorized to perform: cloudwatch:ListAlarmMuteRules on resource: x"
    refused = ClientError({"Error": {"Code": "AccessDenied", "Message": said}}, "x")

    def list_alarm_mute_rules(**_):
        raise refused

    monkeypatch.setattr(cloudwatch, "list_alarm_mute_rules", list_alarm_mute_rules, raising=False)
    for path in ("/alarms", f"/alarms/{FIRING}"):
        said = text_of(read(path).text)
        assert f"ALARM {FIRING}" in said
        assert (
            "Which alarms are muted is not known: You may not cloudwatch:ListAlarmMuteRules. "
            "tocsin permissions --stage dev --role reader"
        ) in said


def test_an_alarm_says_what_it_waits_for_and_what_decided(read) -> None:
    said = text_of(read(f"/alarms/{FIRING}").text)
    for part in (
        f"ALARM {FIRING}",
        "orders · error-rate · since 2026-11-28 10:15:07Z",
        "is greater than 5 for 2 of 2 periods of 60 s; missing data: ignore.",
        "Engine: ALARM CloudWatch: ALARM they agree",
        "Rule: enough datapoints in the evaluation range: the most recent are evaluated.",
        "the newest window: 2 of 2 × 60 s",
        "Open bugs of orders",
        "ALARM Threshold Crossed",
    ):
        assert part in said


def test_the_table_has_what_the_plot_shows(account) -> None:
    reading = read_alarm(account, FIRING, NOW)
    plot = alarm_plot(reading)
    marks = {"breaching": 0, "ok": 0, "missing": 0}
    for mark in plot.marks:
        marks[mark.kind] += 1
    judged = {
        "breaching": sum(datapoint.breaching for datapoint in reading.judged),
        "ok": sum(
            not datapoint.breaching and datapoint.value is not None for datapoint in reading.judged
        ),
        "missing": sum(datapoint.value is None for datapoint in reading.judged),
    }
    assert marks == judged
    assert judged["breaching"] == 16
    assert [datapoint.in_window for datapoint in reading.judged[-2:]] == [True, True]
    assert sum(datapoint.in_window for datapoint in reading.judged) == 2


def test_the_states_of_the_plot_are_those_of_a_replay(account) -> None:
    reading = read_alarm(account, FIRING, NOW)
    assert [str(span.state) for span in reading.states][-2:] == ["OK", "ALARM"]
    for one, next_one in zip(reading.states, reading.states[1:], strict=False):
        assert one.end == next_one.start
        assert one.state != next_one.state
    assert reading.states[-1].end == reading.end


SPANS = [
    (FIRING, ("3h", "24h")),
    ("orders-error-rate-5m-alarm-dev", ("3h", "24h", "7d")),
    ("orders-error-rate-15m-alarm-dev", ("24h", "7d")),
]


@pytest.mark.parametrize(("name", "spans"), SPANS)
def test_how_far_back_a_plot_may_look(account, name, spans) -> None:
    for asked in ("", "24h", "x"):
        reading = read_alarm(account, name, NOW, asked)
        assert reading.spans == spans
        assert reading.span == (asked if asked in spans else spans[0])
        assert reading.problem == ""


def test_every_alarm_of_the_stage_can_be_read(account, cloudwatch) -> None:
    for name, alarm in cloudwatch.alarms.items():
        reading = read_alarm(account, name, NOW)
        assert (reading.problem, reading.engine_state) == ("", alarm["StateValue"]), name


def test_silence_is_shown_as_silence(account) -> None:
    reading = read_alarm(account, "notifications-latency-alarm-dev", NOW)
    assert any(mark.kind == "missing" for mark in alarm_plot(reading).marks)


def test_a_composite_alarm_shows_what_it_looks_at(read) -> None:
    said = text_of(read("/alarms/orders-health-alarm-dev").text)
    assert "What it looks at State Alarm ALARM orders-error-rate-15m-alarm-dev ALARM" in said
    assert f"ALARM {FIRING} OK orders-latency-alarm-dev" in said
    assert "they agree" in said
    assert "limit" not in said


def test_an_alarm_that_is_not_there(read) -> None:
    for path in ("/alarms/none", "/alarms/none/scenarios", "/alarms/none/backtest"):
        assert read(path).status_code == 404


def test_an_alarm_that_the_engine_does_not_know_says_so(account, cloudwatch, monkeypatch) -> None:
    changed = {**cloudwatch.alarms[FIRING], "ComparisonOperator": "Unheard"}
    monkeypatch.setitem(cloudwatch.alarms, FIRING, changed)
    reading = read_alarm(account, FIRING, NOW)
    assert reading.alarm is None
    assert "Unheard" in reading.problem


def test_a_refusal_stands_in_its_own_panel(read, cloudwatch, monkeypatch) -> None:
    def refused(**_):
        said = "User: x is not authorized to perform: cloudwatch:GetMetricData because"
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": said}}, "GetMetricData")

    monkeypatch.setattr(cloudwatch, "get_metric_data", refused)
    page = read(f"/alarms/{FIRING}").text
    said = text_of(page)
    assert "You may not cloudwatch:GetMetricData. Type: tocsin permissions --stage dev" in said
    assert page.count("data-obstacle") == 1
    assert "all is well again" in said


@pytest.mark.parametrize(
    ("path", "view"),
    [
        ("/bugs", "Bugs"),
        ("/alarms", "Alarms"),
        (f"/alarms/{FIRING}", "Alarms"),
        (f"/alarms/{FIRING}/scenarios", "Alarms"),
        ("/drill", "Drill"),
    ],
)
def test_the_view_that_a_page_is_of_is_marked(read, path, view) -> None:
    marked = re.findall(r'<a href="/\w+" aria-current="page">(\w+)', read(path).text)
    assert marked == [view]


def test_scenarios_are_run_when_they_are_asked_for(read) -> None:
    said = text_of(read(f"/alarms/{FIRING}/scenarios").text)
    assert "It fires, stays silent and recovers when it should." in said


def test_a_history_without_data_has_its_summary(cloudwatch, monkeypatch, account) -> None:
    items = [
        {"Timestamp": NOW, "HistorySummary": "a summary", "HistoryData": data}
        for data in ("no JSON", "[]", '{"newState": 1}', "[" * 50_000, "", None)
    ]
    monkeypatch.setattr(
        cloudwatch, "describe_alarm_history", lambda **_: {"AlarmHistoryItems": items}
    )
    found = changes(account, FIRING)
    assert [change.at for change in found] == [NOW] * len(items)
    assert [change.reason for change in found[:4]] == ["a summary"] * 4
    json.dumps([change.reason for change in found])
