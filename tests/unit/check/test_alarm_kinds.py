"""An alarm of every kind that reads something else than its kind must is found."""

from dataclasses import replace
from difflib import SequenceMatcher
from typing import Any

import pytest

from tests.conftest import DEMO
from tocsin import config
from tocsin.alarms import KINDS, AlarmDefinition
from tocsin.check.completeness import completeness
from tocsin.cloudformation.template import Template
from tocsin.scenarios.aws_metrics import aws_metrics

QUEUE = "arn:aws:sqs:us-east-1:123456789012:work"


@pytest.fixture(scope="module")
def stage() -> config.Stage:
    """One function, with an alarm of every kind."""
    loaded = config.load(DEMO, "dev")
    values: dict[str, dict[str, Any]] = {"dead-letter-depth": {"queue": "dead-letters"}}
    settings = {
        name: kind.settings.model_validate({**values.get(name, {}), "enabled": True})
        for name, kind in KINDS.items()
    }
    function = replace(
        loaded.functions[0],
        alarm_settings=settings,
        reserved_concurrency=10,
        events=({"schedule": "rate(1 hour)"}, {"httpApi": "*"}, {"sqs": QUEUE}),
    )
    return replace(loaded, functions=(function,))


def resource(alarm: AlarmDefinition) -> dict[str, Any]:
    """``alarm`` as CloudFormation has it, as metric math whatever it reads."""
    metrics = [
        {
            "Id": f"m{index}",
            "MetricStat": {
                "Metric": {
                    "Namespace": read.namespace,
                    "MetricName": read.metric,
                    "Dimensions": read.cloudformation_dimensions,
                },
                "Stat": read.statistic,
                "Period": alarm.period,
            },
        }
        for index, read in enumerate(alarm.reads)
    ]
    properties = {"AlarmName": alarm.name, "Metrics": metrics}
    return {"Type": "AWS::CloudWatch::Alarm", "Properties": properties}


def template(stage: config.Stage) -> dict[str, Any]:
    alarms = stage.functions[0].alarm_definitions(stage.suffix, stage.name)
    return {"Resources": {alarm.logical_id: resource(alarm) for alarm in alarms}}


class Elsewhere:
    """A function of the stage as one that another stack deploys; its log is not read."""

    has_log_group = False

    def __init__(self, function: config.Function) -> None:
        self._function = function

    def __getattr__(self, name: str) -> Any:
        return getattr(self._function, name)


def found(stage: config.Stage, template: dict[str, Any]) -> list[str]:
    elsewhere = tuple(map(Elsewhere, stage.functions))
    wanted = replace(stage, functions=(), external_functions=elsewhere)  # type: ignore[arg-type]
    findings = completeness(wanted, Template(template))
    return [finding.message for finding in findings if finding.rule == "completeness/alarm"]


def confused(namespace: str, metric: str) -> str:
    """The metric of the same namespace whose name is nearest to that of the one that is meant."""
    others = aws_metrics().namespaces[namespace].metrics - {metric}
    return max(sorted(others), key=lambda other: SequenceMatcher(None, metric, other).ratio())


def test_nothing_where_each_reads_what_it_must(stage) -> None:
    assert found(stage, template(stage)) == []


VARIANTS = [*KINDS, "error-rate-5m", "error-rate-15m"]


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("part", ["metric", "statistic", "period", "dimension", "all"])
def test_another_metric_statistic_period_or_dimension_is_named(stage, variant, part) -> None:
    broken = template(stage)
    (alarm,) = (
        alarm
        for alarm in stage.functions[0].alarm_definitions(stage.suffix, stage.name)
        if alarm.variant == variant
    )
    if part == "all":
        del broken["Resources"][alarm.logical_id]
    else:
        stat = broken["Resources"][alarm.logical_id]["Properties"]["Metrics"][0]["MetricStat"]
        if part == "metric":
            read = alarm.reads[0]
            stat["Metric"]["MetricName"] = confused(read.namespace, read.metric)
        elif part == "statistic":
            stat["Stat"] = "Minimum"
        elif part == "period":
            stat["Period"] = 7200
        else:
            dimension = stat["Metric"]["Dimensions"][0]
            if isinstance(dimension["Value"], dict):  # it refers to what the stack makes
                dimension = dimension["Value"]
            (key,) = dimension.keys() - {"Name"}
            dimension[key] += "x"
    (message,) = found(stage, broken)
    assert message.startswith(f"no {variant} alarm reads {alarm.reads[0]}")
    assert ("; " in message) == (part != "all")
