"""Composite alarms: the rule's grammar, evaluation, cycles, and the suppressor of actions."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import examples
from tocsin.cloudwatch import (
    AlarmRuleError,
    CompositeAlarm,
    RefusedDefinition,
    State,
    StateRecord,
    SuppressedBy,
    advance_suppression,
    begin_suppression,
    composite_from_api,
    composite_to_api,
    evaluate_composite,
    evaluation_order,
    parse_rule,
)

OK, ALARM, INSUFFICIENT = State.OK, State.ALARM, State.INSUFFICIENT_DATA
ARN = "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:"


@pytest.mark.parametrize(
    ("rule", "states", "expected"),
    [
        ("TRUE", {}, True),
        ("False", {}, False),
        ("ALARM(a)", {"a": ALARM}, True),
        ("ALARM(a)", {"a": OK}, False),
        ("OK(a)", {"a": OK}, True),
        ("INSUFFICIENT_DATA(a)", {"a": INSUFFICIENT}, True),
        ("ALARM(a) AND ALARM(b)", {"a": ALARM, "b": OK}, False),
        ("ALARM(a) OR ALARM(b)", {"a": ALARM, "b": OK}, True),
        ("ALARM(a) AND NOT ALARM(b)", {"a": ALARM, "b": OK}, True),
        # AND binds tighter than OR, NOT tighter than both
        ("ALARM(a) OR ALARM(b) AND ALARM(c)", {"a": ALARM, "b": OK, "c": OK}, True),
        ("(ALARM(a) OR ALARM(b)) AND ALARM(c)", {"a": ALARM, "b": OK, "c": OK}, False),
        ("NOT ALARM(a) OR ALARM(b)", {"a": ALARM, "b": ALARM}, True),
        ("NOT (ALARM(a) OR ALARM(b))", {"a": OK, "b": ALARM}, False),
        ("NOT NOT ALARM(a)", {"a": ALARM}, True),
        # names
        (f"ALARM({ARN}a-b.c)", {"a-b.c": ALARM}, True),
        (f'ALARM("{ARN}a b")', {"a b": ALARM}, True),
        ('ALARM("with (brackets) AND more")', {"with (brackets) AND more": ALARM}, True),
        ("ALARM('single quoted')", {"single quoted": ALARM}, True),
        ("ALARM( OK )", {"OK": ALARM}, True),
        ("\n ALARM(a)\n OR\tALARM(b) ", {"a": OK, "b": ALARM}, True),
        ("(ALARM(CPU) OR ALARM(Disk)) AND OK(Net)", {"CPU": ALARM, "Disk": OK, "Net": OK}, True),
        ('ALARM("the \\"big\\" one")', {'the "big" one': ALARM}, True),
        ('ALARM("ends in \\")', {"ends in \\": ALARM}, True),
        ('ALARM("a, b")', {"a, b": ALARM}, True),
        # a number or a share of alarms in one state
        ("AT_LEAST(2, ALARM, (a, b, c))", {"a": ALARM, "b": OK, "c": ALARM}, True),
        ("AT_LEAST(2, ALARM, (a, b, c))", {"a": ALARM, "b": OK, "c": INSUFFICIENT}, False),
        ("AT_LEAST(2, NOT OK, (a, b, c))", {"a": ALARM, "b": OK, "c": INSUFFICIENT}, True),
        ("AT_LEAST(50%, OK, (a, b, c, d))", {"a": OK, "b": OK, "c": ALARM, "d": ALARM}, True),
        ("AT_LEAST(50%, OK, (a, b, c))", {"a": OK, "b": ALARM, "c": ALARM}, False),
        (f'AT_LEAST( 1 , INSUFFICIENT_DATA ,("{ARN}a, b"))', {"a, b": INSUFFICIENT}, True),
        (
            "AT_LEAST(2, ALARM, (a, b)) AND NOT ALARM(m)",
            {"a": ALARM, "b": ALARM, "m": ALARM},
            False,
        ),
    ],
)
def test_rule(rule, states, expected):
    parsed = parse_rule(rule)
    assert parsed.holds(states) is expected
    assert set(parsed.children) == set(states)


@pytest.mark.parametrize(
    ("rule", "column", "says"),
    [
        ("", 1, "unexpected the end of the rule"),
        ("ALARM", 6, "expected '('"),
        ("ALARM()", 7, "expected an alarm's name or ARN"),
        ("ALARM(a", 8, "expected ')'"),
        ("ALARM(a b)", 9, "unexpected 'b'"),
        ("ALARM(a,b)", 8, "expected ')'"),
        ("AT_LEAST(ALARM, (a))", 10, "expected a number of alarms"),
        ("AT_LEAST(0, ALARM, (a))", 10, "expected a number of alarms"),
        ("AT_LEAST(101%, ALARM, (a))", 10, "expected a number of alarms"),
        ("AT_LEAST(2 ALARM, (a))", 12, "expected ','"),
        ("AT_LEAST(2, TRUE, (a))", 13, "expected ALARM, OK or INSUFFICIENT_DATA"),
        ("AT_LEAST(2, ALARM(a), (b))", 18, "expected ','"),
        ("AT_LEAST(2, ALARM, ())", 21, "expected an alarm's name or ARN"),
        ("AT_LEAST(2, ALARM, (a b))", 23, "expected ')'"),
        ("ALARM(a) ALARM(b)", 10, "expected AND, OR or the end"),
        ("ALARM(a) AND", 13, "expected ALARM(...), OK(...)"),
        ("(ALARM(a)", 10, "expected ')'"),
        ("a OR b", 1, "unexpected 'a'"),
        ("ALARMS(a)", 1, "unexpected 'ALARMS'"),
        ("ALARM(a) XOR OK(b)", 10, "unexpected 'XOR'"),
        ("NOT", 4, "unexpected the end"),
        ("(" * 70 + "TRUE" + ")" * 70, 66, "nested too deeply"),
        ("TRUE AND " * 501 + "TRUE", 4501, "too many elements"),
        (" OR ".join(f"ALARM(a{i})" for i in range(101)), 1, "expected at most 100"),
        ("TRUE " * 2100, 10241, "too long"),
    ],
    ids=lambda value: str(value)[:25],
)
def test_what_is_no_rule(rule, column, says):
    with pytest.raises(AlarmRuleError) as caught:
        parse_rule(rule)
    assert says in str(caught.value)
    assert caught.value.column == column


ELEMENTS = [
    "AND",
    "OR",
    "NOT",
    "TRUE",
    "(",
    ")",
    "ALARM(a)",
    "OK(b)",
    "ALARM",
    '"',
    "a",
    "\x00",
    ",",
    "AT_LEAST",
]


@given(st.lists(st.sampled_from(ELEMENTS), max_size=150).map(" ".join) | st.text(max_size=100))
@settings(max_examples=examples(300))
def test_any_text_gives_a_rule_or_a_named_error(text):
    refusal = None
    try:
        parse_rule(text)
    except AlarmRuleError as error:
        refusal = error
    assert refusal is None or 1 <= refusal.column <= len(text) + 1


def composite(name="service", rule="ALARM(a) OR ALARM(b)", **more):
    return CompositeAlarm(name, rule, **more)


def test_state_reason_and_data_name_the_child_that_changed_last():
    children = {
        "a": StateRecord(OK, "", 1_658_505_400.0),
        "b": StateRecord(ALARM, "", 1_658_505_465.394),
    }
    found = evaluate_composite(
        composite(), children, 1_658_505_466, OK, arn_of=lambda name: ARN + name
    )
    assert found.state is ALARM
    assert found.changed
    assert found.reason == f"{ARN}b transitioned to ALARM at Friday 22 July, 2022 15:57:45 UTC"
    assert found.reason_data == {
        "triggeringAlarms": [
            {
                "arn": f"{ARN}b",
                "state": {"value": "ALARM", "timestamp": "2022-07-22T15:57:45.394+0000"},
            },
        ]
    }


@pytest.mark.parametrize(
    ("put", "reason"),
    [
        ("created", "service was created and its alarm rule evaluates to ALARM"),
        ("updated", "service was updated and its new alarm rule evaluates to ALARM"),
    ],
)
def test_an_evaluation_due_to_the_alarm_itself_names_all_children(put, reason):
    children = {"a": StateRecord(OK, "", 100), "b": StateRecord(ALARM, "", 200)}
    found = evaluate_composite(composite(), children, 300, OK, put=put)
    assert found.reason == reason
    assert [child["arn"] for child in found.reason_data["triggeringAlarms"]] == ["b", "a"]


def test_a_child_without_a_state_makes_it_insufficient_data():
    found = evaluate_composite(composite(), {"a": StateRecord(ALARM, "", 0)}, 1, OK)
    assert found.state is INSUFFICIENT
    assert found.unread == ("b",)


def test_a_rule_without_children():
    found = evaluate_composite(composite(rule="TRUE"), {}, 1, OK)
    assert found.state is ALARM
    assert found.reason == "service was created and its alarm rule evaluates to ALARM"


@pytest.mark.parametrize("states", list(itertools.product(State, State)))
def test_the_state_follows_the_rule(states):
    records = {name: StateRecord(s, "", 0) for name, s in zip("ab", states, strict=True)}
    expected = ALARM if ALARM in states else OK
    assert evaluate_composite(composite(), records, 0, OK).state is expected


def test_order_puts_children_first():
    alarms = [
        composite("top", "ALARM(middle) OR ALARM(metric)"),
        composite("middle", "ALARM(bottom)"),
        composite("bottom", "ALARM(metric)"),
    ]
    assert [alarm.name for alarm in evaluation_order(alarms)] == ["bottom", "middle", "top"]


@pytest.mark.parametrize(
    ("rules", "cycle"),
    [
        ({"a": "ALARM(b)", "b": "OK(a)"}, "a -> b -> a"),
        ({"x": "ALARM(a)", "a": "ALARM(b)", "b": "ALARM(c)", "c": "ALARM(a)"}, "a -> b -> c -> a"),
    ],
)
def test_cycles_are_refused(rules, cycle):
    with pytest.raises(AlarmRuleError, match=f"cycle: {cycle}"):
        evaluation_order([composite(name, rule) for name, rule in rules.items()])


PROPERTIES = {
    "AlarmName": "service",
    "AlarmRule": "ALARM(a)",
    "AlarmActions": ["arn:aws:sns:eu-west-1:123456789012:alerts"],
    "ActionsSuppressor": "maintenance",
    "ActionsSuppressorWaitPeriod": 60,
    "ActionsSuppressorExtensionPeriod": 120,
}


def test_round_trip():
    alarm = composite_from_api(PROPERTIES)
    assert composite_from_api(composite_to_api(alarm)) == alarm
    assert PROPERTIES.items() <= composite_to_api(alarm).items()


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"AlarmRule": None}, "AlarmRule: missing"),
        ({"AlarmRule": "ALARM(service)"}, "'service' refers to itself"),
        ({"AlarmRule": "ALARM(a"}, "expected ')'"),
        ({"ActionsSuppressorWaitPeriod": -1}, "0 or more seconds"),
        ({"ActionsSuppressor": None}, "given without ActionsSuppressor"),
        ({"ActionsSuppressorWaitPeriod": None}, "ActionsSuppressorWaitPeriod: missing"),
        ({"ActionsSuppressorExtensionPeriod": None}, "ActionsSuppressorExtensionPeriod: missing"),
        ({"Threshold": 1}, "Threshold: unknown property"),
    ],
)
def test_what_put_composite_alarm_refuses(changes, says):
    with pytest.raises((RefusedDefinition, AlarmRuleError)) as caught:
        composite_from_api({**PROPERTIES, **changes})
    assert says in str(caught.value)


# --- the guide's examples of suppression: WaitPeriod 2, ExtensionPeriod 3 -----------------------

SUPPRESSED = composite(
    actions_suppressor="s",
    actions_suppressor_wait_period=2,
    actions_suppressor_extension_period=3,
)


def timeline(state_changes, suppressor_changes, alarm=SUPPRESSED, end=12, suppressor=OK):
    """Step through times 0 .. end; what was acted on, and what held the actions, by time."""
    state, now = OK, begin_suppression(OK, suppressor)
    acted, held = {}, {}
    for at in range(end + 1):
        state = state_changes.get(at, state)
        suppressor = suppressor_changes.get(at, suppressor)
        now, due = advance_suppression(alarm, now, at, state, suppressor)
        if due:
            acted[at] = due
        held[at] = now.by
    return acted, held


def test_example_1_actions_follow_the_wait_period():
    acted, held = timeline({2: ALARM}, {})
    assert acted == {4: (ALARM,)}
    assert (held[1], held[2], held[3], held[4]) == (
        None,
        SuppressedBy.WAIT_PERIOD,
        SuppressedBy.WAIT_PERIOD,
        None,
    )


def test_example_2_the_suppressor_alarms_within_the_wait_period():
    acted, held = timeline({2: ALARM}, {3: ALARM})
    assert acted == {}
    assert held[3] is held[12] is SuppressedBy.ALARM


def test_example_3_a_change_discards_the_wait_period_and_begins_another():
    acted, held = timeline({2: ALARM, 3: OK}, {})
    assert acted == {5: (OK,)}
    assert held[4] is SuppressedBy.WAIT_PERIOD


def test_example_4_the_suppressor_is_already_in_alarm():
    acted, held = timeline({2: ALARM}, {}, suppressor=ALARM)
    assert acted == {}
    assert held[2] is SuppressedBy.ALARM


def test_example_5_actions_follow_the_extension_period():
    acted, held = timeline({2: ALARM}, {3: ALARM, 6: OK})
    assert acted == {9: (ALARM,)}
    assert held[6] is held[8] is SuppressedBy.EXTENSION_PERIOD


def test_example_6_a_change_discards_the_extension_period():
    acted, held = timeline({2: ALARM, 7: OK}, {3: ALARM, 6: OK})
    assert acted == {9: (OK,)}
    assert held[7] is SuppressedBy.WAIT_PERIOD


def test_a_change_at_the_end_of_a_period_is_within_it():
    assert timeline({2: ALARM}, {4: ALARM})[0] == {}
    assert timeline({2: ALARM, 4: OK}, {})[0] == {6: (OK,)}


def test_a_change_that_comes_with_the_end_of_suppression_begins_a_wait_period():
    acted, held = timeline({2: ALARM, 6: OK}, {1: ALARM, 6: OK})
    assert held[6] is SuppressedBy.WAIT_PERIOD
    assert acted == {8: (OK,)}


def test_a_late_call_acts_on_the_period_that_ended_first():
    waiting, _ = advance_suppression(SUPPRESSED, begin_suppression(OK, OK), 2, ALARM, OK)
    now, due = advance_suppression(SUPPRESSED, waiting, 7, OK, OK)
    assert due == (ALARM,)
    assert (now.by, now.until) == (SuppressedBy.WAIT_PERIOD, 9)


def test_without_a_suppressor_actions_are_immediate():
    acted, _ = timeline({2: ALARM, 5: OK}, {}, alarm=composite())
    assert acted == {2: (ALARM,), 5: (OK,)}


def test_periods_of_no_length_hold_nothing():
    alarm = composite(actions_suppressor="s")
    assert timeline({2: ALARM}, {}, alarm=alarm)[0] == {2: (ALARM,)}
    acted, _ = timeline({2: ALARM}, {1: ALARM, 5: OK}, alarm=alarm)
    assert acted == {5: (ALARM,)}


def test_an_unchanged_state_is_not_acted_on_again_after_suppression():
    assert timeline({}, {3: ALARM, 6: OK})[0] == {}


def test_reasons():
    now, _ = advance_suppression(SUPPRESSED, begin_suppression(OK, OK), 0, ALARM, OK)
    assert now.reason == "Actions suppressed by WaitPeriod"
    assert begin_suppression(OK, OK).reason is None


@given(
    st.lists(st.sampled_from([OK, ALARM]), min_size=8, max_size=30),
    st.lists(st.sampled_from([OK, ALARM]), min_size=30, max_size=30),
)
@settings(max_examples=examples(150))
def test_laws_of_suppression(states, suppressors):
    state_changes = dict(enumerate(states))
    acted, held = timeline(state_changes, dict(enumerate(suppressors)), end=len(states) - 1)
    for at, due in acted.items():
        assert suppressors[at] is not ALARM
        assert due == (states[at],)
    for at, by in held.items():
        assert (by is SuppressedBy.ALARM) == (suppressors[at] is ALARM)
