"""Answers that report a failure, which are successes to Lambda and to AWS/Lambda Errors.

- A ``statusCode`` of 5xx, to API Gateway, a function URL or a load balancer:
  https://docs.aws.amazon.com/apigateway/latest/developerguide/handle-errors-in-lambda-integration.html
- ``batchItemFailures``, to SQS, Kinesis and DynamoDB streams:
  https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
- The end of a durable execution (``errorlog.durable``).
"""

from __future__ import annotations

from errorlog import durable, invocation, printed_lines, settings
from errorlog.frames import beginning
from errorlog.invocation import Invocation
from errorlog.items import items_of
from errorlog.recorder import default

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_MAX_BODY = 65_536
_MAX_TOLD = 300
_TELLING = ("message", "errorMessage", "error", "detail", "title")


class FailedItem(Exception):
    """An item that an answer reports; never raised."""


class FailedBatch(Exception):
    """A batch whose answer names no item, which Lambda takes for failed as a whole."""


class AskedAnswer(dict):  # type: ignore[type-arg]  # without loading typing
    """An answer that a drill asked for: whoever reads its records knows them by ``failure``."""

    failure: Exception


def record_failures(answer: dict[Any, Any], here: Invocation, handler: Callable[..., Any]) -> None:
    """Record what ``answer``, of a call that has been left, reports: once, or once for each item.

    Of nested handlers only the outermost one's answer is the function's. What has its record
    already, as a captured error or as an item, gets no other one. Each answer with a failure is
    one in the metric ``FailedAnswers``.
    """
    if invocation.is_nested(here):
        return
    if dict.get(answer, "Status") == durable.FAILED:
        error = durable.failure(answer, here.event)
        if error is not None:
            if here.recorded is None or not here.recorded.ended:
                default().record(error, here, place=beginning(handler))
            return
    configured = settings.from_environment()
    failed = False
    status = status_code(dict.get(answer, "statusCode"))
    if status is not None and counts(status, configured.answers):
        failed = True
        if here.recorded is None or not here.recorded.errors:
            _record_status(status, answer, here, handler)
    reported = dict.get(answer, "batchItemFailures")
    if isinstance(reported, list | tuple) and reported and settings.ITEMS in configured.answers:
        failed = True
        asked = answer.failure if isinstance(answer, AskedAnswer) else None
        _record_items(reported, here, handler, asked)
    if failed:
        printed_lines.failed_answer(here.context, status, configured.namespace)


def status_code(value: Any) -> int | None:
    """A status code as API Gateway takes it, a number or its digits; None for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    text = value.strip() if isinstance(value, str) else str(value)[:8]
    return int(text) if len(text) == 3 and text.isascii() and text.isdigit() else None


def counts(status: int, answers: tuple[str, ...]) -> bool:
    """Whether ``answers``, of the settings, have ``status``: ``5xx``, ``429``."""
    return 400 <= status <= 599 and (str(status) in answers or f"{status // 100}xx" in answers)


def first_status(answers: tuple[str, ...]) -> int | None:
    """A status that ``answers``, of the settings, have; None where they have none."""
    statuses = (answer for answer in answers if answer != settings.ITEMS)
    first = next(statuses, "").replace("xx", "00")
    return int(first) if first.isascii() and first.isdigit() else None


def _record_status(
    status: int, answer: dict[Any, Any], here: Invocation, handler: Callable[..., Any]
) -> None:
    if isinstance(answer, AskedAnswer):
        error = answer.failure
    else:
        kind = type(f"StatusCode{status}", (Exception,), {"__module__": "builtins"})
        error = kind(_told(answer))
    default().record(
        error, here,
        handled=True, answered=True, extra={"answer": answer}, place=beginning(handler),
    )  # fmt: skip


def _told(answer: dict[Any, Any]) -> str:
    """What the body of ``answer`` says in words."""
    body = dict.get(answer, "body")
    if not isinstance(body, str) or not body or dict.get(answer, "isBase64Encoded") is True:
        return "the answer has no text"
    said: Any = None
    if len(body) <= _MAX_BODY:
        import json

        try:
            said = json.loads(body)
        except (ValueError, RecursionError):
            said = None
    if isinstance(said, dict):
        for key in _TELLING:
            if isinstance(said.get(key), str) and said[key]:
                return str(said[key][:_MAX_TOLD])
    return body[:_MAX_TOLD]


def _record_items(
    reported: list[Any] | tuple[Any, ...],
    here: Invocation,
    handler: Callable[..., Any],
    asked: Exception | None,
) -> None:
    place = beginning(handler)
    names: dict[str, None] = {}
    for entry in reported:
        name = dict.get(entry, "itemIdentifier") if isinstance(entry, dict) else None
        if not name:
            error = FailedBatch("an entry of batchItemFailures has no itemIdentifier")
            default().record(error, here, handled=True, answered=True, place=place)
            return
        names[name if isinstance(name, str) else str(name)] = None
    recorded = () if here.recorded is None else here.recorded.item_ids
    left = [name for name in names if name not in recorded]
    items = items_of(here.event)
    for number, name in enumerate(left):
        # Of the event the record keeps the item, and no more has to be read.
        call = Invocation(None, here.context, here.record_event)
        call.started, call.cold_start = here.started, here.cold_start
        kept = default().record(
            asked or FailedItem("the answer reports it in batchItemFailures"), call,
            handled=True, answered=True, item=items.get(name), item_id=name, place=place,
            following=len(left) - number - 1,
        )  # fmt: skip
        if kept is None:
            return  # in a storm the rest is counted, as this one was
