"""The alarms of every function, with the thresholds and periods of monitoring.yml."""

from typing import Any

from tests.stack.conftest import Compiled, Properties
from tocsin import names
from tocsin.alarms import AlarmSettings
from tocsin.alarms.kinds.error_rate import KIND as ERROR_RATE
from tocsin.config import Watched
from tocsin.stacks.own_alarms import own_alarms_of


def alarm(compiled: Compiled, function: Watched, kind: str) -> tuple[Properties, Any] | None:
    """The compiled alarm and its settings; None where monitoring.yml switches it off."""
    settings = function.alarm(kind)
    found = compiled.alarms.get(names.alarm(function.key, kind, compiled.stage.suffix))
    if not settings.enabled:
        assert found is None, f"{function.key}: {kind} is off"
        return None
    assert found is not None, f"{function.key}: no {kind} alarm"
    return found, settings


def evaluated(properties: Properties) -> tuple[Any, ...]:
    return (
        properties["Threshold"],
        properties["ComparisonOperator"],
        properties["EvaluationPeriods"],
        properties["DatapointsToAlarm"],
        properties["TreatMissingData"],
    )


def as_declared(settings: AlarmSettings) -> tuple[Any, ...]:
    return (
        settings.threshold,
        settings.comparison_operator,
        settings.evaluation_periods,
        settings.datapoints_to_alarm or settings.evaluation_periods,
        settings.treat_missing_data,
    )


def of_lambda(function: Watched, metric: str) -> Properties:
    return {
        "Namespace": "AWS/Lambda",
        "MetricName": metric,
        "Dimensions": [{"Name": "FunctionName", "Value": function.name}],
    }


def test_the_error_rate_is_metric_math_in_percent_of_the_calls(compiled: Compiled) -> None:
    for function in compiled.stage.watched:
        if (found := alarm(compiled, function, "error-rate")) is None:
            continue
        properties, settings = found
        (rate,) = [metric for metric in properties["Metrics"] if metric["ReturnData"]]
        answers = ERROR_RATE.answers(function)
        failures = "(errors + FILL(answers, 0))" if answers else "errors"
        assert f"100 * {failures} / invocations" in rate["Expression"], function.key
        assert {
            metric["Id"]: metric["MetricStat"]
            for metric in properties["Metrics"]
            if not metric["ReturnData"]
        } == {
            metric.lower(): {
                "Metric": of_lambda(function, metric),
                "Period": settings.period,
                "Stat": "Sum",
            }
            for metric in ("Errors", "Invocations")
        } | {
            read.id: {
                "Metric": {
                    "Namespace": read.namespace,
                    "MetricName": read.metric,
                    "Dimensions": read.cloudformation_dimensions,
                },
                "Period": settings.period,
                "Stat": "Sum",
            }
            for read in answers
        }
        assert evaluated(properties) == as_declared(settings), function.key


def test_latency_is_the_duration_of_the_calls(compiled: Compiled) -> None:
    for function in compiled.stage.watched:
        if (found := alarm(compiled, function, "latency")) is None:
            continue
        properties, settings = found
        expected = of_lambda(function, "Duration")
        assert {key: properties[key] for key in expected} == expected
        statistic = properties.get("ExtendedStatistic", properties.get("Statistic"))
        assert (statistic, properties["Period"]) == (settings.statistic, settings.period)
        assert evaluated(properties) == as_declared(settings), function.key


def test_throttles_are_counted(compiled: Compiled) -> None:
    for function in compiled.stage.watched:
        if (found := alarm(compiled, function, "throttles")) is None:
            continue
        properties, settings = found
        expected = of_lambda(function, "Throttles")
        assert {key: properties[key] for key in expected} == expected
        assert (properties["Statistic"], properties["Period"]) == ("Sum", settings.period)
        assert evaluated(properties) == as_declared(settings), function.key


def test_every_function_has_each_alarm_that_is_switched_on_and_no_other(compiled: Compiled) -> None:
    """Beside those of the stage's own parts, and of the APIs that functions' events bring along."""
    suffix = compiled.stage.suffix
    wanted = {
        name
        for function in compiled.stage.watched
        for name in function.alarm_names(suffix).values()
    }
    own = {alarm.name for alarm in own_alarms_of(compiled.stage)}
    assert set(compiled.alarms) == wanted | own


def test_every_alarm_tells_of_failure_and_recovery(compiled: Compiled) -> None:
    topic, _ = compiled.one("AWS::SNS::Topic", TopicName=names.topic(compiled.stage.suffix))
    for name, properties in compiled.alarms.items():
        assert properties["ActionsEnabled"] is True, name
        assert {"Ref": topic} in properties["AlarmActions"], name
        assert {"Ref": topic} in properties["OKActions"], name


def test_whatever_pages_reaches_the_topic_of_pages(compiled: Compiled) -> None:
    """By one composite alarm of the stage, or with ``paging: function`` by the function's."""
    stage = compiled.stage
    topic, _ = compiled.one("AWS::SNS::Topic", TopicName=names.pages_topic(stage.suffix))
    composites = {
        composite["AlarmName"]: composite
        for composite in compiled.of_type("AWS::CloudWatch::CompositeAlarm").values()
    }
    paging = {
        name
        for name, composite in composites.items()
        if {"Ref": topic} in composite.get("AlarmActions", [])
    }
    stages_own = names.stage_health(stage.suffix)
    health = {
        names.function_health(function.key, stage.suffix)
        for function in stage.watched
        if function.pages
    }
    assert health <= set(composites)
    assert paging - {stages_own} == (health if stage.paging == "function" else set())
    assert stages_own in paging
