"""The metric math of the error rate: which periods are ill, which well, and which say nothing."""

import numpy as np
import pytest
from pydantic import ValidationError

from tocsin.alarms.kinds.error_rate import ErrorRateAlarm
from tocsin.cloudwatch import Metric, MetricQuery, MetricStat, MetricStore, compute

DIMENSIONS = (("FunctionName", "orders"),)
ILL, WELL, NEITHER = "ill", "well", "neither"


def verdict(settings: ErrorRateAlarm, calls: int, failed: int) -> str:
    """What a period of so many calls is to the alarm, by the engine."""
    store = MetricStore()
    for name, value in (("Errors", failed), ("Invocations", calls)):
        metric = Metric("AWS/Lambda", name, DIMENSIONS)
        store.put_repeated(metric, np.array([0], dtype=np.int64), value, 1, "Count")
    queries = (
        MetricQuery("errorRate", expression=settings.expression()),
        *(
            MetricQuery(
                name.lower(),
                stat=MetricStat(Metric("AWS/Lambda", name, DIMENSIONS), 60, "Sum"),
                return_data=False,
            )
            for name in ("Errors", "Invocations")
        ),
    )
    (value,) = compute(queries, store, 0, 60)["errorRate"].values
    if np.isnan(value):
        return NEITHER
    return ILL if value > settings.threshold else WELL


@pytest.mark.parametrize(
    ("settings", "calls", "failed", "expected"),
    [
        # 5 percent from 100 calls, and half of that ends it.
        ({}, 1000, 51, ILL),
        ({}, 1000, 50, NEITHER),
        ({}, 1000, 26, NEITHER),
        ({}, 1000, 25, WELL),
        ({}, 1000, 0, WELL),
        # 20 percent from 20 calls, and half of that ends it.
        ({}, 99, 20, ILL),
        ({}, 20, 5, ILL),
        ({}, 20, 4, NEITHER),
        ({}, 20, 3, NEITHER),
        ({}, 20, 2, WELL),
        # More than half of fewer calls; none may fail to end it.
        ({}, 1, 1, ILL),
        ({}, 19, 10, ILL),
        ({}, 2, 1, NEITHER),
        ({}, 19, 1, NEITHER),
        ({}, 1, 0, WELL),
        ({"volume_steps": False}, 10, 1, ILL),
        ({"volume_steps": False}, 40, 2, NEITHER),
        ({"volume_steps": False}, 40, 1, WELL),
        ({"threshold": 30}, 50, 16, ILL),
        ({"threshold": 30}, 50, 15, NEITHER),
        ({"threshold": 30}, 50, 7, WELL),
        ({"threshold": 60}, 10, 6, NEITHER),
        ({"threshold": 60}, 10, 3, WELL),
        ({"threshold": 0}, 1000, 1, ILL),
        ({"threshold": 0}, 1000, 0, WELL),
        ({"recovery_threshold": 1}, 1000, 11, NEITHER),
        ({"recovery_threshold": 1}, 1000, 10, WELL),
        ({"recovery_threshold": 1}, 50, 2, WELL),
        # As high as the threshold: nothing is between.
        ({"recovery_threshold": 5}, 1000, 50, WELL),
        ({"recovery_threshold": 5}, 19, 1, WELL),
        # Fewer calls than asked for are well, whatever became of them.
        ({"minimum_invocations": 20}, 19, 19, WELL),
        ({"minimum_invocations": 20}, 20, 20, ILL),
        ({"minimum_invocations": 20}, 20, 3, NEITHER),
        # Only `ignore` keeps the verdict where there is no datapoint.
        ({"treat_missing_data": "breaching"}, 1000, 40, WELL),
        ({"treat_missing_data": "missing"}, 1000, 40, WELL),
        ({"comparison_operator": "GreaterThanOrEqualToThreshold"}, 1000, 49, NEITHER),
        ({"comparison_operator": "LessThanThreshold"}, 1000, 49, WELL),
    ],
)
def test_a_period(settings, calls, failed, expected) -> None:
    assert verdict(ErrorRateAlarm(**settings), calls, failed) == expected


def test_whatever_the_settings_a_period_at_its_threshold_is_no_datapoint_lost_to_rounding() -> None:
    """What fires by the rate must be a datapoint: both are computed, in different ways."""
    for threshold in (0.1, 1, 3, 5, 7, 12.34567, 33.3):
        settings = ErrorRateAlarm(threshold=threshold)
        for calls in (*range(1, 130, 3), 999):
            asked = settings.asked_of(calls)
            failed = next(failed for failed in range(calls + 2) if 100 * failed > asked * calls)
            if failed <= calls:
                assert verdict(settings, calls, failed) == ILL, (threshold, calls, failed)


def test_it_cannot_end_above_where_it_begins() -> None:
    with pytest.raises(ValidationError, match="recoveryThreshold 6 is above threshold 5"):
        ErrorRateAlarm(recovery_threshold=6)
