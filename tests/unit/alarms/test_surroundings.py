"""What surrounds a function alarms with it, where its events say that it is there."""

from dataclasses import replace

import pytest

from tests.unit.alarms.test_kinds import FUNCTION
from tocsin.alarms import KINDS
from tocsin.alarms.eventbridge_rules import rules
from tocsin.alarms.kind import answers_are_read, queues_read
from tocsin.alarms.kinds.error_rate import ErrorRateAlarm
from tocsin.config import ExternalFunction
from tocsin.config.drill_settings import DrillEvents

QUEUE, STREAM = "arn:aws:sqs:eu-west-1:1:orders", "arn:aws:kinesis:eu-west-1:1:stream/orders"
REPORTS = {"functionResponseType": "ReportBatchItemFailures"}
# A key of serverless.yml -> the alarm that it brings.
BY_KEY = {
    "onError": "dead-letter-errors",
    "destinations": "destination-failures",
    "durableConfig": "durable-execution-failed",
}


def kinds_of(*events, **written) -> set[str]:
    """The kinds that have an alarm on a function called by ``events``."""
    settings = {
        name: kind.settings.model_validate(written.get(kind.field, {}))
        for name, kind in KINDS.items()
    }
    function = replace(FUNCTION, events=events, alarm_settings=settings, keys={})
    return {alarm.kind for alarm in function.alarm_definitions("dev", "dev")}


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        ({"sqs": QUEUE}, "queue-age"),
        ({"sqs": {"arn": QUEUE, "batchSize": 5}}, "queue-age"),
        ({"stream": STREAM}, "iterator-age"),
        ({"stream": {"type": "dynamodb", "arn": {"Fn::GetAtt": ["T", "Arn"]}}}, "iterator-age"),
        ({"sns": "orders"}, "async-events-dropped"),
        ({"schedule": "rate(1 hour)"}, "heartbeat"),
    ],
)
def test_an_event_brings_the_alarm_on_what_it_comes_from(event, kind) -> None:
    assert kind in kinds_of(event)
    assert kind not in kinds_of({"httpApi": "*"})
    assert kind not in kinds_of()


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        ({"sqs": {"arn": QUEUE, "enabled": False}}, "queue-age"),
        ({"stream": {"arn": STREAM, "enabled": False}}, "iterator-age"),
    ],
)
def test_what_lambda_does_not_read_may_wait(event, kind) -> None:
    assert kind not in kinds_of(event)
    assert kind in kinds_of(event, {"sqs": QUEUE}, {"stream": STREAM})


@pytest.mark.parametrize(("key", "kind"), BY_KEY.items())
def test_a_key_of_serverless_yml_brings_the_alarm_on_what_it_asks_for(key, kind) -> None:
    settings = {name: kind.settings.model_validate({}) for name, kind in KINDS.items()}
    function = replace(FUNCTION, events=(), alarm_settings=settings, keys={key: {"some": "value"}})
    assert kind in {alarm.kind for alarm in function.alarm_definitions("dev", "dev")}


@pytest.mark.parametrize("kind", BY_KEY.values())
def test_what_no_event_tells_of_is_asked_for(kind) -> None:
    assert kind not in kinds_of({"sns": "orders"}, {"sqs": QUEUE})
    assert kind in kinds_of(**{kind.replace("-", "_"): {"enabled": True}})


def test_a_kind_that_is_asked_for_is_made_whatever_the_events_say() -> None:
    """As for a function of another stack, of whose events nothing is known."""
    assert "iterator-age" in kinds_of(iterator_age={"enabled": True})
    assert "iterator-age" not in kinds_of({"stream": STREAM}, iterator_age={"enabled": False})


def test_each_queue_has_an_alarm_of_its_own() -> None:
    others = {"sqs": {"arn": "arn:aws-cn:sqs:cn-north-1:1:baskets.fifo"}}
    function = replace(FUNCTION, events=({"sqs": QUEUE}, others, {"sqs": QUEUE}))
    assert queues_read(function) == ("orders", "baskets.fifo")
    alarms = KINDS["queue-age"].definitions(function, "dev", "dev")
    assert [(alarm.name, alarm.reads[0].dimensions["QueueName"]) for alarm in alarms] == [
        ("orders-queue-age-alarm-dev", "orders"),
        ("orders-queue-age-2-alarm-dev", "baskets.fifo"),
    ]


@pytest.mark.parametrize(
    ("arn", "name"),
    [
        ({"Fn::GetAtt": ["Orders", "Arn"]}, "${Orders.QueueName}"),
        ({"Fn::GetAtt": "Orders.Arn"}, "${Orders.QueueName}"),
        ({"Fn::Sub": "${Orders.Arn}"}, "${Orders.QueueName}"),
        ({"Fn::Sub": "arn:aws:sqs:${AWS::Region}:${AWS::AccountId}:orders"}, "orders"),
        ({"Fn::Sub": "arn:aws:sqs:x:1:orders-${AWS::StackName}"}, "orders-${AWS::StackName}"),
        ({"Fn::Join": [":", ["arn:aws:sqs", {"Ref": "AWS::Region"}, "1:orders"]]}, "orders"),
    ],
)
def test_a_queue_that_cloudformation_refers_to_is_named_as_fn_sub_does(arn, name) -> None:
    for event in ({"sqs": arn}, {"sqs": {"arn": arn, "batchSize": 1}}):
        function = replace(FUNCTION, events=(event,))
        assert queues_read(function) == (name,)
        (alarm,) = KINDS["queue-age"].definitions(function, "dev", "dev")
        value = {"Fn::Sub": name} if "${" in name else name
        assert alarm.reads[0].cloudformation_dimensions == [{"Name": "QueueName", "Value": value}]


@pytest.mark.parametrize(
    "arn",
    [
        {"Fn::ImportValue": "orders"},
        {"Ref": "OrdersArn"},
        {"Fn::GetAtt": ["Nested", "Outputs.OrdersArn"]},
        {"Fn::Sub": ["${Arn}", {"Arn": {"Fn::ImportValue": "orders"}}]},
        {"Fn::Join": ["", ["arn:", {"Ref": "Rest"}]]},
        {"Fn::Join": [":", [{"Ref": "Place"}, {"Ref": "Name"}]]},
        {"Fn::Join": [":", []]},
        "orders",
    ],
)
def test_a_queue_whose_name_no_reference_gives_has_none(arn) -> None:
    assert queues_read(replace(FUNCTION, events=({"sqs": arn},))) == ()


def test_another_stack_refers_to_queues_that_are_none_of_ours() -> None:
    event = {"sqs": {"arn": {"Fn::GetAtt": ["Orders", "Arn"]}}}
    settings = {name: kind.settings.model_validate({}) for name, kind in KINDS.items()}
    function = ExternalFunction(
        key="orders", name="orders", timeout=6, drill=DrillEvents(), alarm_settings=settings,
        events=(event, {"eventBridge": {}}, {"schedule": "rate(1 hour)"}),
    )  # fmt: skip
    kinds = {alarm.kind for alarm in function.alarm_definitions("dev", "dev")}
    assert kinds.isdisjoint({"queue-age", "rule-failures"})


RULES = [
    ({"schedule": "rate(1 hour)"}, [{"RuleName": "${OrdersEventsRuleSchedule1}"}]),
    ({"schedule": {"rate": ["rate(1 hour)", "rate(2 hours)"]}},
     [{"RuleName": "${OrdersEventsRuleSchedule1}"}, {"RuleName": "${OrdersEventsRuleSchedule2}"}]),
    ({"schedule": {"rate": "rate(1 hour)", "method": "scheduler"}}, []),
    ({"cloudwatchEvent": {"event": {}}}, [{"RuleName": "${OrdersEventsRuleCloudWatchEvent1}"}]),
    ({"eventBridge": {"pattern": {}}},
     [{"RuleName": "${Ordersfunctiondevrule1EventBridgeRule}"}]),
    ({"eventBridge": {"eventBus": "shop", "pattern": {}}},
     [{"EventBusName": "shop", "RuleName": "orders-function-dev-rule-1"}]),
    ({"eventBridge": {"eventBus": "arn:aws:events:x:1:event-bus/shop", "name": "paid"}},
     [{"EventBusName": "shop", "RuleName": "paid"}]),
    ({"eventBridge": {"eventBus": {"Ref": "Bus"}, "pattern": {}}}, []),
    ({"sqs": QUEUE}, []),
    ({"schedule": {"rate": "rate(1 hour)", "enabled": False}}, []),
    ({"cloudwatchEvent": {"event": {}, "enabled": False}}, []),
    ({"eventBridge": {"pattern": {}, "enabled": False}}, []),
    ({"eventBridge": {"eventBus": "shop", "pattern": {}, "enabled": False}}, []),
    ({"schedule": {"rate": "rate(1 hour)", "enabled": True}},
     [{"RuleName": "${OrdersEventsRuleSchedule1}"}]),
]  # fmt: skip


@pytest.mark.parametrize(("event", "dimensions"), RULES)
def test_the_rules_that_call_a_function_are_named_as_osls_makes_them(event, dimensions) -> None:
    assert list(rules(replace(FUNCTION, events=(event,)))) == dimensions


def test_rules_are_counted_on_over_all_events() -> None:
    events = ({"sqs": QUEUE}, {"schedule": "rate(1 hour)"}, {"eventBridge": {}},
              {"schedule": {"rate": ["rate(1 day)"], "method": "scheduler"}},
              {"schedule": "rate(2 hours)"},
              {"schedule": {"rate": ["rate(1 day)", "rate(3 days)"], "enabled": False}},
              {"cloudwatchEvent": {"enabled": False}}, {"cloudwatchEvent": {}},
              {"schedule": "rate(3 hours)"})  # fmt: skip
    assert [rule["RuleName"] for rule in rules(replace(FUNCTION, events=events))] == [
        "${OrdersEventsRuleSchedule1}",
        "${Ordersfunctiondevrule3EventBridgeRule}",
        "${OrdersEventsRuleSchedule3}",
        "${OrdersEventsRuleCloudWatchEvent2}",
        "${OrdersEventsRuleSchedule6}",
    ]


def test_ten_rules_are_one_alarm_and_one_more_is_another() -> None:
    function = replace(FUNCTION, events=tuple({"schedule": "rate(1 hour)"} for _ in range(11)))
    first, second = KINDS["rule-failures"].definitions(function, "dev", "dev")
    assert [len(first.reads), len(second.reads)] == [10, 1]
    assert first.expression.startswith("FILL(rule1, 0) + FILL(rule2, 0) + ")
    assert (first.name, second.name) == (
        "orders-rule-failures-alarm-dev", "orders-rule-failures-2-alarm-dev",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("event", "read"),
    [
        ({"http": "GET /orders"}, True),
        ({"httpApi": "*"}, True),
        ({"alb": {}}, True),
        ({"sqs": {"arn": QUEUE, **REPORTS}}, True),
        ({"stream": {"arn": STREAM, **REPORTS}}, True),
        ({"sqs": QUEUE}, False),
        ({"sqs": {"arn": QUEUE}}, False),
        ({"sns": "orders"}, False),
    ],
)
def test_answers_count_where_somebody_reads_them(event, read) -> None:
    assert answers_are_read([{"schedule": "rate(1 hour)"}, event]) is read


def test_answers_that_report_a_failure_count_as_errors_do() -> None:
    function = replace(FUNCTION, answers_namespace="shop")
    for alarm in KINDS["error-rate"].definitions(function, "dev", "dev"):
        assert "(errors + FILL(answers, 0)) / invocations" in alarm.expression
        (answers,) = [read for read in alarm.reads if read.id == "answers"]
        assert (answers.namespace, answers.metric) == ("shop", "FailedAnswers")
    for without in (
        FUNCTION,
        replace(
            function,
            alarm_settings={
                **FUNCTION.alarm_settings,
                "error-rate": ErrorRateAlarm(count_answers=False),
            },
        ),
    ):
        for alarm in KINDS["error-rate"].definitions(without, "dev", "dev"):
            assert {read.id for read in alarm.reads} == {"errors", "invocations"}
