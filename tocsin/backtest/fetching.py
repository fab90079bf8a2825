"""Series from CloudWatch, by GetMetricData.

A call takes 500 queries and answers 100,800 datapoints; what is left over comes by NextToken.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html
"""

import random
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np

from tocsin.aws.account import Account
from tocsin.cloudwatch import MetricQuery, MetricStat, Series, query_to_api
from tocsin.exceptions import TocsinError

QUERIES_A_CALL = 500
DATAPOINTS_A_CALL = 100_800

# CloudWatch throttles by datapoints a second: beyond botocore's own attempts, wait and go on.
_ATTEMPTS = 8
_LONGEST_WAIT_S = 30.0
_PASSING = frozenset(
    {"Throttling", "ThrottlingException", "RequestLimitExceeded", "InternalServiceFault",
     "InternalServiceError", "ServiceUnavailable"}
)  # fmt: skip


class NoMetricData(TocsinError):
    """CloudWatch did not give a series that it was asked for."""


def fetch(
    account: Account,
    stats: Sequence[MetricStat],
    start: int,
    end: int,
) -> dict[MetricStat, Series]:
    """The series of ``stats`` from ``start`` to ``end`` (epoch seconds, multiples of the periods).

    A metric that nobody emitted gives a series without datapoints.

    Raises:
        NoMetricData: CloudWatch refused one of them.
        botocore's ClientError: it refused the call, or still throttles after several attempts.
    """
    found: dict[MetricStat, Series] = {}
    for batch in _batches(stats, end - start):
        values = {
            f"m{index}": np.full((end - start) // stat.period, np.nan)
            for index, stat in enumerate(batch)
        }
        for result in _results(account, batch, start, end):
            _fill(values[result["Id"]], batch[int(result["Id"][1:])], result, start)
        for index, stat in enumerate(batch):
            found[stat] = Series(start, stat.period, values[f"m{index}"])
    return found


def _batches(stats: Sequence[MetricStat], seconds: int) -> Iterator[list[MetricStat]]:
    """As many queries a call as its limits take, so that paging stays the exception."""
    batch: list[MetricStat] = []
    datapoints = 0
    for stat in stats:
        more = seconds // stat.period
        if batch and (len(batch) == QUERIES_A_CALL or datapoints + more > DATAPOINTS_A_CALL):
            yield batch
            batch, datapoints = [], 0
        batch.append(stat)
        datapoints += more
    if batch:
        yield batch


def _results(
    account: Account, batch: Sequence[MetricStat], start: int, end: int
) -> Iterator[dict[str, Any]]:
    request: dict[str, Any] = {
        "MetricDataQueries": [
            query_to_api(MetricQuery(f"m{index}", stat=stat)) for index, stat in enumerate(batch)
        ],
        "StartTime": datetime.fromtimestamp(start, UTC),
        "EndTime": datetime.fromtimestamp(end, UTC),
        "ScanBy": "TimestampAscending",
        "MaxDatapoints": DATAPOINTS_A_CALL,
    }
    while True:
        answer = _patiently(lambda: account.client("cloudwatch").get_metric_data(**request))
        yield from answer["MetricDataResults"]
        if not answer.get("NextToken"):
            return
        request["NextToken"] = answer["NextToken"]


def _patiently(call: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    from botocore.exceptions import ClientError

    for attempt in range(1, _ATTEMPTS + 1):
        try:
            return call()
        except ClientError as error:
            if error.response["Error"]["Code"] not in _PASSING or attempt == _ATTEMPTS:
                raise
        # Between nothing and twice as long as the last time, so that callers fall out of step.
        time.sleep(random.uniform(0, min(_LONGEST_WAIT_S, 2.0**attempt / 2)))
    raise AssertionError("unreachable")


def _fill(values: Any, stat: MetricStat, result: dict[str, Any], start: int) -> None:
    if result["StatusCode"] in ("Forbidden", "InternalError"):
        messages = "; ".join(message["Value"] for message in result.get("Messages", []))
        raise NoMetricData(f"{stat.metric} {stat.stat}: {result['StatusCode']} {messages}".strip())
    for timestamp, value in zip(result["Timestamps"], result["Values"], strict=True):
        index = (int(timestamp.timestamp()) - start) // stat.period
        if 0 <= index < len(values):
            values[index] = value
