"""What surrounds a function alarms with it, where its events say that it is there."""

from dataclasses import replace

import pytest

from tests.unit.alarms.test_kinds import FUNCTION
from tocsin.alarms import KINDS
from tocsin.alarms.kind import answers_are_read, queues_read
from tocsin.alarms.kinds.error_rate import ErrorRateAlarm

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


@pytest.mark.parametrize("arn", [{"Fn::GetAtt": ["Queue", "Arn"]}, {"arn": {"Ref": "Q"}}, "orders"])
def test_a_queue_whose_name_only_a_deploy_knows_has_none(arn) -> None:
    assert queues_read(replace(FUNCTION, events=({"sqs": arn},))) == ()


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
