"""Levels of monitoring.yml: the later one decides, key by key."""

from textwrap import dedent

import pytest
from pydantic.alias_generators import to_camel, to_snake

from tests.unit.config.monitoring_files import GOOD
from tocsin import config
from tocsin.config.model import Monitoring, StageSettings


def test_later_levels_override_earlier_ones_key_by_key(written) -> None:
    root = written(
        """
        service: shop
        region: eu-west-1
        alarms:
          latency: {threshold: 100, period: 120, statistic: p99}
        stages:
          dev:
            alarms: {latency: {threshold: 200, evaluationPeriods: 3}}
            functions:
              a: {alarms: {latency: {threshold: 400}}, memory: 1024, environment: {MODE: loud}}
        functions:
          a: {timeout: 30, memory: 512, environment: {MODE: quiet, LIMIT: 7, ON: true}}
          b: {alarms: {latency: {threshold: 300}}}
        """
    )
    stage = config.load(root)
    a, b = stage.functions
    assert stage.region == "eu-west-1"
    assert (a.alarm("latency").threshold, b.alarm("latency").threshold) == (400, 300)
    latency = a.alarm("latency")
    assert (latency.period, latency.evaluation_periods, latency.statistic) == (120, 3, "p99")
    assert (a.memory, a.timeout) == (1024, 30)
    assert a.environment == {"MODE": "loud", "LIMIT": "7", "ON": "true"}


@pytest.mark.parametrize(
    ("settings", "enabled"),
    [
        ("alarms: {enabled: false}\n", (False, False, False)),
        ("alarms: {latency: {enabled: false}}\n", (True, False, True)),
        ("alarms: {enabled: false, latency: {enabled: true}}\n", (False, True, False)),
    ],
)
def test_enabled_false_turns_off_at_the_file_and_one_alarm(written, settings, enabled) -> None:
    function = config.load(written(dedent(GOOD) + settings)).functions[0]
    alarms = (function.alarm("error-rate"), function.alarm("latency"), function.alarm("throttles"))
    assert tuple(alarm.enabled for alarm in alarms) == enabled


def test_enabled_true_takes_back_a_false_and_switches_on_no_opt_in(written) -> None:
    root = written(
        """
        service: shop
        alarms: {enabled: false, concurrency: {threshold: 9}, asyncEventAge: {enabled: true}}
        stages: {dev: {alarms: {enabled: true}}}
        functions: {a: {}}
        """
    )
    (function,) = config.load(root, "dev").functions
    assert {"error-rate", "throttles", "latency", "async-event-age"} <= function.alarms.keys()
    assert not {"timeout-closeness", "concurrency", "dead-letter-depth"} & function.alarms.keys()


def test_enabled_false_turns_off_a_functions_alarms_and_a_function(written) -> None:
    root = written(
        """
        service: shop
        stages: {dev: {}, ci: {functions: {b: {enabled: false}}, alarms: {enabled: false}}}
        functions: {a: {alarms: {enabled: false}}, b: {}}
        """
    )
    a, b = config.load(root, "dev").functions
    assert (a.alarm_names("dev"), len(b.alarm_names("dev"))) == ({}, 5)
    (only,) = config.load(root, "ci").functions
    assert (only.key, only.alarm_names("ci")) == ("a", {})


# Of each key that the file and a stage may both have, a value that is not its default.
OF_BOTH = {
    "region": "eu-west-1",
    "paging": "function",
    "roles": "shared",
    "runbook": "https://example.com/runbook",
    "topicKey": "none",
}


def test_a_stage_that_leaves_a_key_open_has_the_files(written) -> None:
    both = StageSettings.model_fields.keys() & Monitoring.model_fields.keys()
    simple = {to_camel(key) for key in both if StageSettings.model_fields[key].default is None}
    assert simple == OF_BOTH.keys()
    for key, value in OF_BOTH.items():
        default = Monitoring.model_fields[to_snake(key)].default
        root = written(
            f"service: shop\n{key}: {value}\nfunctions: {{a: {{}}}}\n"
            f"stages: {{dev: {{}}, prod: {{{key}: {default}}}}}\n"
        )
        for stage, expected in {"dev": value, "prod": default}.items():
            assert getattr(config.load(root, stage).settings, to_snake(key)) == expected
