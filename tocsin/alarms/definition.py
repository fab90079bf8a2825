"""An alarm as it shall be deployed, whatever it is on: a value that one template renders."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tocsin.alarms.settings import ComparisonOperator, Severity, TreatMissingData


@dataclass(frozen=True)
class MetricRead:
    """One metric that an alarm reads; ``id`` is its name in the alarm's expression.

    ``statistic`` is CloudWatch's: ``Sum``, ``Maximum``, ``p99``, ... A value of ``dimensions`` that
    only a deploy knows refers to its resource as Fn::Sub does: ``${Orders.QueueName}``.
    """

    namespace: str
    metric: str
    statistic: str
    dimensions: Mapping[str, str]
    id: str = "metric"

    @property
    def is_extended(self) -> bool:
        """Whether the statistic is a percentile or a trimmed one (``ExtendedStatistic``)."""
        return self.statistic[:1].islower()

    @property
    def cloudformation_dimensions(self) -> list[dict[str, Any]]:
        return [
            {"Name": name, "Value": {"Fn::Sub": value} if "${" in value else value}
            for name, value in self.dimensions.items()
        ]

    @property
    def metric_of_api(self) -> dict[str, Any]:
        """As GetMetricData takes it."""
        return {
            "Namespace": self.namespace,
            "MetricName": self.metric,
            "Dimensions": self.cloudformation_dimensions,
        }

    def __str__(self) -> str:
        dimensions = ", ".join(f"{name}={value}" for name, value in self.dimensions.items())
        return f"{self.statistic} of {self.namespace} {self.metric} {{{dimensions}}}"


def limit_at(limits: Sequence[tuple[int, float]], calls: float) -> float:
    """What holds for so many ``calls`` in a period, of (calls from which it holds, limit)."""
    return next(limit for least, limit in limits if calls >= least)


@dataclass(frozen=True)
class Measure:
    """What an alarm's number is called, and its unit: ``latency 812 ms``.

    ``share_of``: it is the share that the metrics it reads have in the second of them, in percent,
    and of what that is (``calls``).
    """

    noun: str
    unit: str = ""
    share_of: str = ""


@dataclass(frozen=True)
class AlarmDefinition:
    """One alarm. ``period`` in seconds; ``threshold`` in the unit of what it compares.

    ``variant`` tells several alarms of one kind apart (``error-rate``, ``error-rate-5m``), and is
    the kind where there is one. ``subject`` is the function's key, or the part of the stage that
    the alarm is on; ``what`` the words of its description, ``anchor`` the section of the runbook,
    ``command`` what shows more.
    ``limits``: (calls in a period from which it holds, the threshold there), from many to few,
    where the expression makes the threshold depend on that. ``recovery_limits``: likewise, up to
    what a period is well; one between the two has no datapoint.
    ``measure`` is how a message says its number; ``tells_people``: also those whom the notifier
    tells, past it.
    Without ``expression`` it compares the one metric that it reads. ``warm_up_minutes``: how long
    it is not evaluated at all once it is made.
    """

    kind: str
    variant: str
    subject: str
    name: str
    logical_id: str
    what: str
    anchor: str
    command: str
    severity: Severity
    threshold: float
    period: int
    evaluation_periods: int
    datapoints_to_alarm: int
    comparison_operator: ComparisonOperator
    treat_missing_data: TreatMissingData
    reads: tuple[MetricRead, ...]
    expression: str = ""
    expression_id: str = "result"
    label: str = field(default="")
    warm_up_minutes: int | None = None
    measure: Measure = field(default_factory=lambda: Measure(""))
    tells_people: bool = False
    limits: tuple[tuple[int, float], ...] = ()
    recovery_limits: tuple[tuple[int, float], ...] = ()
