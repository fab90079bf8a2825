"""GetMetricData within its limits, page after page, patient with throttling, days kept on disk."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
from botocore.exceptions import ClientError

from tests.conftest import slow
from tocsin.backtest import cache, fetching
from tocsin.backtest.required_metrics import (
    LOCAL_RETENTION,
    kept_for,
    needed,
    refuse_what_is_gone,
)
from tocsin.cloudwatch import Metric, MetricAlarm, MetricQuery, MetricStat
from tocsin.exceptions import InputError
from tocsin.local.cloudwatch import cloud

DAY = 86_400
START = int(datetime(2026, 11, 2, tzinfo=UTC).timestamp())


class CloudWatch:
    """GetMetricData of metrics that report their number, once a minute; in pages of ``page``."""

    def __init__(self, page: int = 10**9, failing: Counter[str] | None = None) -> None:
        self.page, self.failing = page, failing or Counter()
        self.calls: list[dict[str, Any]] = []

    def get_metric_data(self, **request: Any) -> dict[str, Any]:
        for code in +self.failing:
            self.failing[code] -= 1
            raise ClientError({"Error": {"Code": code}}, "GetMetricData")
        self.calls.append(request)
        assert len(request["MetricDataQueries"]) <= 500
        wanted = [
            (query["Id"], time, float(query["MetricStat"]["Metric"]["MetricName"][1:]))
            for query in request["MetricDataQueries"]
            for time in range(
                int(request["StartTime"].timestamp()),
                int(request["EndTime"].timestamp()),
                query["MetricStat"]["Period"],
            )
        ]
        assert len(wanted) <= 100_800 or self.page < 10**9
        begin = int(request.get("NextToken", 0))
        part = wanted[begin : begin + self.page]
        results: dict[str, Any] = {}
        for id, time, value in part:
            found = results.setdefault(
                id, {"Id": id, "StatusCode": "Complete", "Timestamps": [], "Values": []}
            )
            found["Timestamps"].append(datetime.fromtimestamp(time, UTC))
            found["Values"].append(value)
        answer: dict[str, Any] = {"MetricDataResults": list(results.values())}
        if begin + self.page < len(wanted):
            answer["NextToken"] = str(begin + self.page)
        return answer


def account(cloudwatch: CloudWatch) -> Any:
    return SimpleNamespace(region="us-east-1", client=lambda _: cloudwatch)


def stats(count: int, period: int = 60) -> list[MetricStat]:
    return [MetricStat(Metric.of("Shop", f"m{index}"), period, "Sum") for index in range(count)]


@pytest.fixture(autouse=True)
def waits(slept: Callable[[ModuleType], list[float]]) -> list[float]:
    return slept(fetching)


@slow
def test_calls_keep_within_queries_and_datapoints() -> None:
    cloudwatch = CloudWatch()
    found = fetching.fetch(account(cloudwatch), stats(150), START, START + DAY)
    assert [len(call["MetricDataQueries"]) for call in cloudwatch.calls] == [70, 70, 10]
    assert [set(found[stat].values) for stat in stats(3)] == [{0.0}, {1.0}, {2.0}]
    cloudwatch = CloudWatch()
    fetching.fetch(account(cloudwatch), stats(1_200, 3_600), START, START + DAY)
    assert [len(call["MetricDataQueries"]) for call in cloudwatch.calls] == [500, 500, 200]


def test_pages_are_put_together() -> None:
    cloudwatch = CloudWatch(page=1_000)
    found = fetching.fetch(account(cloudwatch), stats(3), START, START + DAY)
    assert len(cloudwatch.calls) == 5
    assert all(not np.isnan(series.values).any() for series in found.values())


def test_throttling_is_waited_out(waits: list[float]) -> None:
    cloudwatch = CloudWatch(failing=Counter({"Throttling": 3}))
    fetching.fetch(account(cloudwatch), stats(1), START, START + DAY)
    assert len(waits) == 3


@pytest.mark.parametrize(("code", "times"), [("AccessDenied", 1), ("Throttling", 100)])
def test_what_does_not_pass_is_raised(code: str, times: int, waits: list[float]) -> None:
    cloudwatch = CloudWatch(failing=Counter({code: times}))
    with pytest.raises(ClientError, match=code):
        fetching.fetch(account(cloudwatch), stats(1), START, START + DAY)
    assert len(waits) < 10


def test_a_refused_series_is_named() -> None:
    class Refusing(CloudWatch):
        def get_metric_data(self, **request: Any) -> dict[str, Any]:
            answer = super().get_metric_data(**request)
            answer["MetricDataResults"][0]["StatusCode"] = "Forbidden"
            return answer

    with pytest.raises(fetching.NoMetricData, match=r"Shop m0\{\} Sum: Forbidden"):
        fetching.fetch(account(Refusing()), stats(1), START, START + DAY)


def fetch_days(cloudwatch: CloudWatch, folder: Any, now: float, count: int = 2) -> Any:
    return cache.fetch_days(
        account(cloudwatch), stats(count), START, START + 3 * DAY, now=now, folder=folder
    )


def test_days_that_are_over_are_fetched_once(tmp_path: Any) -> None:
    now = START + 2 * DAY + 4 * 3_600  # the third day is under way
    first = fetch_days(cloudwatch := CloudWatch(), tmp_path, now)
    assert len(cloudwatch.calls) == 3
    second = fetch_days(cloudwatch := CloudWatch(), tmp_path, now)
    assert [call["StartTime"].day for call in cloudwatch.calls] == [4]
    for stat in stats(2):
        np.testing.assert_array_equal(first[stat].values, second[stat].values)
        assert len(second[stat].values) == 3 * 1_440


def test_a_day_that_has_just_ended_may_still_grow(tmp_path: Any) -> None:
    fetch_days(CloudWatch(), tmp_path, START + 3 * DAY + 60)
    assert sorted(file.stem for file in tmp_path.iterdir()) == ["2026-11-02", "2026-11-03"]


def test_a_new_alarm_fetches_only_what_is_lacking(tmp_path: Any) -> None:
    now = START + 30 * DAY
    fetch_days(CloudWatch(), tmp_path, now, count=2)
    fetch_days(cloudwatch := CloudWatch(), tmp_path, now, count=3)
    names = [
        query["MetricStat"]["Metric"]["MetricName"]
        for call in cloudwatch.calls
        for query in call["MetricDataQueries"]
    ]
    assert names == ["m2"] * 3


def test_a_day_that_was_not_written_to_its_end_is_fetched_again(tmp_path: Any) -> None:
    now = START + 30 * DAY
    fetch_days(CloudWatch(), tmp_path, now)
    broken = tmp_path / "2026-11-03.npz"
    broken.write_bytes(broken.read_bytes()[:100])
    fetch_days(cloudwatch := CloudWatch(), tmp_path, now)
    assert len(cloudwatch.calls) == 1


def alarm(stat: str, period: int, name: str = "a", **settings: Any) -> MetricAlarm:
    query = MetricQuery("m", stat=MetricStat(Metric.of("Shop", "Latency"), period, stat))
    return MetricAlarm(name, (query,), 1, "GreaterThanThreshold", 2, **settings)


def test_no_days_are_proposed_where_none_would_do() -> None:
    with pytest.raises(InputError, match="accepted: a --function without alarms of such periods"):
        refuse_what_is_gone([alarm("Sum", 10, "seconds")], 14)


def test_a_local_stage_keeps_every_period_equally_long() -> None:
    alarms = [alarm("Sum", 10, "seconds"), alarm("Sum", 3_600, "hours")]
    refuse_what_is_gone(alarms, 14, is_local=True)
    with pytest.raises(InputError, match=r"found 9999; accepted: at most 14, for a local stage"):
        refuse_what_is_gone(alarms, 9_999, is_local=True)
    assert LOCAL_RETENTION == cloud.RETENTION


@pytest.mark.parametrize(
    ("period", "days"), [(10, 0), (60, 15), (300, 63), (900, 63), (3_600, 455), (86_400, 455)]
)
def test_how_long_cloudwatch_keeps_a_period(period: int, days: int) -> None:
    assert kept_for(period) // DAY == days


def test_days_that_are_gone_are_refused_by_alarm() -> None:
    alarms = [alarm("Sum", 60, "minutes"), alarm("Sum", 300, "fives")]
    refuse_what_is_gone(alarms, 14)
    with pytest.raises(InputError, match=r"found 15; accepted: at most 14.*60 s.*\(1 alarm: min"):
        refuse_what_is_gone(alarms, 15)
    with pytest.raises(InputError, match=r"at most 14.*2 alarms: minutes, fives"):
        refuse_what_is_gone(alarms, 100)


@pytest.mark.parametrize(
    ("stat", "period", "days", "wanted"),
    [
        ("Sum", 60, 14, {("Sum", 60)}),
        ("Sum", 300, 14, {("Sum", 60)}),  # its windows slide by the minute
        ("Average", 300, 14, {("Sum", 60), ("SampleCount", 60)}),
        ("p99", 300, 14, {("p99", 300)}),  # no minutes add up to a percentile
        ("Sum", 300, 30, {("Sum", 300)}),  # there are no minutes any more
    ],
)
def test_what_is_fetched_for_an_alarm(stat: str, period: int, days: int, wanted: Any) -> None:
    assert {
        (series.stat, series.period) for series in needed([alarm(stat, period)], days)
    } == wanted


def test_few_samples_behind_a_percentile_need_their_count() -> None:
    found = needed([alarm("p99", 300, evaluate_low_sample_count_percentile="ignore")], 14)
    assert {series.stat for series in found} == {"p99", "SampleCount"}
