"""A durable execution that fails is one record; what suspends and replays it is none.

Against a stand-in for AWS's SDK, which says what it stands in for.
"""

import pytest

import errorlog
from tests.unit.errorlog import durable_stand_in as sdk
from tests.unit.errorlog.surroundings import Context


def outside(function):
    return errorlog.record_errors(sdk.durable_execution(function))


def inside(function):
    return sdk.durable_execution(errorlog.record_errors(function))


def both(function):
    return errorlog.record_errors(sdk.durable_execution(errorlog.record_errors(function)))


WAYS = pytest.mark.parametrize("decorated", [outside, inside, both])


class NoStock(Exception):
    pass


@WAYS
def test_an_execution_that_succeeds_leaves_nothing(decorated, stage) -> None:
    @decorated
    def handler(event, context):
        first = context.step(lambda: 1)
        context.wait()
        second = context.step(lambda: 2)
        context.wait()
        return first + second

    with stage.watch() as outcome:
        answers = sdk.run(handler, {}, Context())
    assert [answer["Status"] for answer in answers] == ["PENDING", "PENDING", "SUCCEEDED"]
    assert outcome.records == outcome.lines == []


@WAYS
def test_an_execution_that_fails_is_one_record(decorated, stage) -> None:
    @decorated
    def handler(event, context):
        context.wait()
        context.wait()
        raise NoStock(f"no stock for {event['orderId']}")

    with stage.watch() as outcome:
        answers = sdk.run(handler, {"orderId": "o-1"}, Context())
    assert [answer["Status"] for answer in answers] == ["PENDING", "PENDING", "FAILED"]
    (record,) = outcome.stored
    assert record["errorType"] == "NoStock"
    assert record["errorMessage"] == "no stock for o-1"
    assert record["functionName"] == Context().function_name
    assert record["requestId"] == Context().aws_request_id
    assert record["handled"] is False
    assert "test_durable.py" in record["topFrame"]
    assert "Zq9-checkpoint" not in str(record)
    assert outcome.lines == []


@WAYS
def test_a_step_that_fails_ends_the_execution_in_one_record(decorated, stage) -> None:
    @decorated
    def handler(event, context):
        context.wait()
        context.step(lambda: {}["sku"])

    with stage.watch() as outcome:
        sdk.run(handler, {}, Context())
    (record,) = outcome.stored
    assert (record["errorType"], record["errorMessage"]) == ("StepError", "'sku'")


@WAYS
def test_an_invocation_that_lambda_is_to_repeat_is_an_error_of_its_own(decorated, stage) -> None:
    """AWS/Lambda Errors counts it too."""
    attempts = []

    @decorated
    def handler(event, context):
        attempts.append(1)
        if len(attempts) < 3:
            raise sdk.InvocationError("checkpoint failed")
        return 1

    with stage.watch() as outcome:
        sdk.run(handler, {}, Context())
    assert [record["errorType"] for record in outcome.stored] == ["InvocationError"] * 2


@WAYS
def test_what_is_captured_is_captured_once_whatever_replays(decorated, stage) -> None:
    @decorated
    def handler(event, context):
        try:
            context.step(lambda: {}["sku"])
        except sdk.StepError as error:
            errorlog.capture_exception(error)
        context.wait()
        context.wait()
        return 1

    with stage.watch() as outcome:
        answers = sdk.run(handler, {}, Context())
    assert len(answers) == 3
    (record,) = outcome.stored
    assert record["handled"] is True


def test_a_captured_error_does_not_stand_for_the_execution_that_fails_later(stage) -> None:
    @outside
    def handler(event, context):
        errorlog.capture_exception(KeyError("cache"))
        raise NoStock("no stock")

    with stage.watch() as outcome:
        sdk.run(handler, {}, Context())
    assert [record["errorType"] for record in outcome.stored] == ["KeyError", "NoStock"]


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (None, "the answer does not say why"),  # too long for an answer: it is in the checkpoint
        ({"ErrorType": "orders.stock.NoStock", "ErrorMessage": "no stock"}, "no stock"),
        ({"ErrorType": 5, "ErrorMessage": None, "StackTrace": "none"},
         "the answer does not say why"),
        ({"ErrorType": "", "ErrorMessage": "", "StackTrace": [1, "  at a\n"]}, ""),
        ({"ErrorType": "a\0b.\ud800", "ErrorMessage": "x"}, "x"),
    ],
)  # fmt: skip
def test_whatever_the_answer_says_of_the_failure_is_a_record(error, message, stage) -> None:
    answer = {"Status": "FAILED", **({} if error is None else {"Error": error})}

    @errorlog.record_errors
    def handler(event, context):
        return answer

    with stage.watch() as outcome:
        assert handler({"DurableExecutionArn": "arn"}, Context()) is answer
    (record,) = outcome.stored
    assert record.get("errorMessage", "") == message


def test_what_the_local_runner_makes_of_the_event_begins_an_execution_too(stage) -> None:
    class Input(dict):
        __module__ = f"{sdk.PACKAGE}.execution"

    @errorlog.record_errors
    def handler(event, context):
        return {"Status": "FAILED", "Error": {"ErrorType": "NoStock", "ErrorMessage": "of o-1"}}

    with stage.watch() as outcome:
        handler(Input(), Context())
        handler({}, Context())
    (record,) = outcome.stored
    assert (record["errorType"], record["errorMessage"]) == ("NoStock", "of o-1")


def deep_group(error: BaseException) -> BaseException:
    """``error`` in a group in a group, as deep as no function that calls itself can go."""
    for _ in range(2_000):
        error = BaseExceptionGroup("one", [error])
    return error


@pytest.mark.parametrize(
    ("signal", "recorded"),
    [
        (sdk.SuspendExecution("x"), 0),
        (sdk.TimedSuspendExecution("x"), 0),
        (sdk.OrphanedChildException("x"), 0),
        (type("Own", (sdk.SuspendExecution,), {})("x"), 0),
        (BaseExceptionGroup("two", [sdk.SuspendExecution("x")]), 0),
        (BaseExceptionGroup("two", [sdk.SuspendExecution("x"), ValueError("x")]), 1),
        (deep_group(sdk.SuspendExecution("x")), 0),
        (deep_group(ValueError("x")), 1),
        (type("SuspendExecution", (BaseException,), {})("of somebody else"), 1),
        (sdk.StepError("x"), 1),
    ],
)
def test_only_the_sdks_own_signals_are_none(signal, recorded, stage) -> None:
    @errorlog.record_errors
    def handler(event, context):
        raise signal

    with stage.watch() as outcome:
        with pytest.raises(type(signal)) as caught:
            handler({}, Context())
        assert caught.value is signal
    assert len(outcome.stored) == recorded
