"""What CloudWatch Logs refuses, as it was recorded to: parameters, patterns, subscriptions.

ministack takes every filter pattern and any number of subscriptions, checks no length, and names
the group in messages that AWS leaves it out of.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable
from functools import cache
from typing import Any

import botocore.session
from botocore.model import OperationModel
from ministack.core.responses import error_response_json, get_account_id, json_response
from ministack.services import cloudwatch_logs

from tocsin.local import model_bounds
from tocsin.local.filter_pattern import InvalidPattern, matches

logger = logging.getLogger(__name__)

Response = tuple[int, dict[str, str], bytes]

MOST_SUBSCRIPTIONS = 2
"""Of one log group: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html"""

_INVALID = "InvalidParameterException"
_LONGEST_NAME = 512
# ``The specified log group does not exist: name`` is AWS's sentence with the name behind it.
_NAMED = re.compile(r"(The specified [a-z ]+ (?:does not exist|already exists)): .*", re.DOTALL)
_ENDS_WITH_A_STOP = "does not exist"


def install() -> None:
    """Answer requests, and what CloudFormation asks of the service, as AWS does."""
    answer = cloudwatch_logs.handle_request

    async def handle_request(
        method: str, path: str, headers: dict[str, str], body: bytes, query_params: Any
    ) -> Any:
        operation = headers.get("x-amz-target", "").rpartition(".")[2]
        try:
            data = json.loads(body) if body else {}
        except ValueError:
            data = None
        if isinstance(data, dict):
            refused = _refused(operation, data)
            if refused is not None:
                return refused
            if operation == "TestMetricFilter":
                return _tested(data)
        return _in_aws_words(await answer(method, path, headers, body, query_params))

    cloudwatch_logs.handle_request = handle_request
    cloudwatch_logs._put_subscription_filter = _checked(
        cloudwatch_logs._put_subscription_filter, _no_subscription
    )
    cloudwatch_logs._put_metric_filter = _checked(
        cloudwatch_logs._put_metric_filter, lambda data: None
    )
    cloudwatch_logs._compile_filter_pattern = lambda pattern: (
        lambda message: matches(pattern or "", message)
    )


def _checked(
    put: Callable[[dict[str, Any]], Response],
    refuses: Callable[[dict[str, Any]], Response | None],
) -> Callable[[dict[str, Any]], Response]:
    """``put`` of a filter, unless its pattern is none or ``refuses`` has an answer."""

    def checked(data: dict[str, Any]) -> Response:
        return refuses(data) or _no_pattern(data) or put(data)

    return checked


def _refused(operation: str, data: dict[str, Any]) -> Response | None:
    """The answer to a request that the service does not take; None for any other."""
    names = [data[key] for key in ("logGroupName", "logStreamName") if key in data]
    if any(isinstance(name, str) and len(name) > _LONGEST_NAME for name in names):
        told = f"both must have length less than or equal to {_LONGEST_NAME}."
        return _error(_INVALID, f"Invalid LogGroup or LogStream, {told}")
    model = _model(operation)
    if model is not None and (refused := model_bounds.refusal(model.input_shape, data)):
        return _error(_INVALID, refused)
    if operation == "PutLogEvents":
        events = data.get("logEvents")
        listed = events if isinstance(events, list) else []
        given = [event for event in listed if isinstance(event, dict)]
        times = [time for event in given if isinstance(time := event.get("timestamp"), int)]
        if times != sorted(times):
            told = "Log events in a single PutLogEvents request must be in chronological order."
            return _error(_INVALID, told)
    if operation == "DescribeLogGroups" and {"logGroupNamePrefix", "logGroupNamePattern"} <= {
        *data
    }:
        told = "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters."
        return _error(_INVALID, told)
    if operation in ("FilterLogEvents", "TestMetricFilter"):
        return _no_pattern(data)
    return None


def _no_pattern(data: dict[str, Any]) -> Response | None:
    try:
        matches(str(data.get("filterPattern") or ""), "")
    except InvalidPattern as error:
        # AWS says no more than this; why is in the stage's log.
        logger.warning("filter pattern %r: %s", data["filterPattern"], error)
        return _error(_INVALID, "Invalid filter pattern")
    return None


def _no_subscription(data: dict[str, Any]) -> Response | None:
    """Whether a subscription is refused for its destination, or is one too many."""
    destination = str(data.get("destinationArn", "")).split(":")
    vendor = destination[2] if len(destination) > 5 else ""
    if vendor == "lambda" and destination[4] != get_account_id():
        return _error(
            "AccessDeniedException",
            "Cross-account lambda invocation passing is not allowed. You must use "
            "DestinationPolicies to create cross account lambda triggers.",
        )
    if vendor in ("kinesis", "firehose") and not data.get("roleArn"):
        return _error(
            _INVALID, f"destinationArn for vendor {vendor} cannot be used without roleArn"
        )
    group = cloudwatch_logs._log_groups.get(data.get("logGroupName")) or {}
    has = group.get("subscriptionFilters") or {}
    if len(has) >= MOST_SUBSCRIPTIONS and data.get("filterName") not in has:
        return _error("LimitExceededException", "Resource limit exceeded.")
    return None


def _tested(data: dict[str, Any]) -> Response:
    """TestMetricFilter, which ministack does not have."""
    pattern = str(data.get("filterPattern") or "")
    found = [
        {"eventNumber": number, "eventMessage": message, "extractedValues": {}}
        for number, message in enumerate(data.get("logEventMessages", []), start=1)
        if matches(pattern, str(message))
    ]
    answer: Response = json_response({"matches": found})
    return answer


@cache
def _service() -> Any:
    return botocore.session.Session().get_service_model("logs")


def _model(operation: str) -> OperationModel | None:
    known = operation in _service().operation_names
    return _service().operation_model(operation) if known else None


def _in_aws_words(answer: Any) -> Any:
    """An error without the name that ministack puts behind AWS's sentence."""
    if not isinstance(answer, tuple) or len(answer) != 3 or answer[0] < 400:
        return answer
    status, headers, body = answer
    try:
        told = json.loads(body)
    except ValueError:
        return answer
    found = _NAMED.fullmatch(str(told.get("message", "")))
    if found is None:
        return answer
    stop = "." if found[1].endswith(_ENDS_WITH_A_STOP) else ""
    told["message"] = found[1] + stop
    return status, headers, json.dumps(told).encode()


def _error(code: str, message: str) -> Response:
    answer: Response = error_response_json(code, message, 400)
    return answer
