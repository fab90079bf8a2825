"""The alarms of a stack on no single function: one API of a sort, whoever is called by it."""

from dataclasses import replace

import pytest

from tests.conftest import DEMO
from tocsin import config
from tocsin.alarms import API_KINDS
from tocsin.cloudwatch.metric_math import parse
from tocsin.config import Stage
from tocsin.stacks import stacks_of
from tocsin.stacks.own_alarms import own_alarms, own_alarms_of


@pytest.fixture(scope="module")
def stage() -> Stage:
    return config.load(DEMO, "dev")


def called_by(stage: Stage, *events: dict) -> Stage:
    functions = [replace(function, events=events) for function in stage.functions]
    return replace(stage, functions=tuple(functions))


def of_apis(stage: Stage) -> dict[str, list]:
    """Its alarms on APIs, by what they are on."""
    found: dict[str, list] = {}
    for alarm in own_alarms_of(stage):
        if alarm.kind in API_KINDS:
            found.setdefault(alarm.subject, []).append(alarm)
    return found


@pytest.mark.parametrize(
    ("events", "apis"),
    [
        ((), {}),
        (({"sqs": "arn:aws:sqs:us-east-1:1:q"}, {"websocket": "$connect"}), {}),
        (({"httpApi": "*"}, {"httpApi": "GET /a"}), {"http-api": ("5xx", {"ApiId": "${HttpApi}"})}),
        (({"http": "GET /a"},), {"rest-api": ("5XXError", {"ApiName": "dev-tocsin"})}),
    ],
)
def test_an_api_has_its_alarms_once_however_many_functions_it_calls(stage, events, apis) -> None:
    found = of_apis(called_by(stage, *events))
    assert found.keys() == apis.keys()
    for key, (failed, dimensions) in apis.items():
        errors, latency = found[key]
        assert [(read.metric, dict(read.dimensions)) for read in errors.reads] == [
            (failed, dimensions), ("Count", dimensions),
        ]  # fmt: skip
        assert [(read.metric, read.statistic) for read in latency.reads] == [("Latency", "p99")]
        assert {alarm.severity for alarm in (errors, latency)} == {"ticket"}


def test_each_stack_has_an_api_of_its_own(stage) -> None:
    numbers = {"orders": 1, "payments": 2, "notifications": 2}
    stage = replace(called_by(stage, {"httpApi": "*"}, {"http": "GET /"}), stack_numbers=numbers)
    main, second, summary = stacks_of(stage)
    assert [alarm.name for alarm in own_alarms(second)] == [
        "http-api-2-errors-on-api-alarm-dev", "http-api-2-latency-on-api-alarm-dev",
        "rest-api-2-errors-on-api-alarm-dev", "rest-api-2-latency-on-api-alarm-dev",
    ]  # fmt: skip
    assert own_alarms(second)[2].reads[0].dimensions == {"ApiName": "dev-tocsin-2"}
    assert "http-api-errors-on-api-alarm-dev" in [alarm.name for alarm in own_alarms(main)]
    assert own_alarms(summary) == ()
    logical_ids = [alarm.logical_id for alarm in own_alarms_of(stage)]
    assert len(set(logical_ids)) == len(logical_ids)


def test_file_and_stage_set_them_and_a_function_does_not(project) -> None:
    file = project / "monitoring.yml"
    text = file.read_text()
    calls = "  orders:\n    events: [{httpApi: 'GET /orders'}]\n"
    text = text.replace("  orders:\n", calls, 1).replace(
        "alarms:\n", "alarms:\n  apiLatency: {threshold: 900}\n  apiErrors: {severity: page}\n", 1
    )
    file.write_text(text.replace("  dev: {}\n", "  dev: {alarms: {apiLatency: {period: 60}}}\n"))
    (errors, latency) = of_apis(config.load(project, "dev"))["http-api"]
    assert (latency.threshold, latency.period, errors.severity) == (900, 60, "page")
    assert of_apis(config.load(project, "prod"))["http-api"][1].period == 300
    file.write_text(text.replace(calls, calls + "    alarms: {apiErrors: {enabled: false}}\n"))
    with pytest.raises(config.ConfigError, match="apiErrors"):
        config.load(project, "dev")


def test_few_calls_that_fail_are_no_error_rate_of_an_api(stage) -> None:
    (errors, _) = of_apis(called_by(stage, {"httpApi": "*"}))["http-api"]
    assert errors.expression == "IF(errors >= 3, 100 * errors / calls, 0)"
    assert parse(errors.expression)
