"""The windows of monitoring.yml as mute rules: which alarms, in which stack, at most 100 a rule."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from itertools import chain

import pytest
import yaml

from tests.conftest import DEMO, read_yaml, slow
from tests.many_functions import project_of
from tocsin import config, names
from tocsin.check.muting_rules import muting, of_window
from tocsin.cloudformation.template import Template
from tocsin.config import ConfigError, Stage
from tocsin.config.scheduled_mute import ScheduledMute
from tocsin.packaging.render import rendered
from tocsin.stacks import stacks_of
from tocsin.stacks.stack_mutes import MOST_ALARMS, mutes

NIGHTLY = {"name": "nightly", "schedule": "cron(0 2 * * *)", "duration": "PT1H"}
NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)


def written(root, *windows, **top) -> None:
    file = root / "monitoring.yml"
    document = read_yaml(file.read_text()) | top
    document["mute"] = list(windows)
    file.write_text(yaml.safe_dump(document, sort_keys=False))


def with_mute(stage: Stage, **window) -> Stage:
    return replace(stage, mutes=(ScheduledMute.model_validate(NIGHTLY | window),))


def alarms_in(text: str) -> dict[str, str]:
    """Names of the alarms of a rendered template by logical id, composite ones included."""
    resources = read_yaml(text)["resources"]["Resources"]
    return {
        logical_id: resource["Properties"]["AlarmName"]
        for logical_id, resource in resources.items()
        if resource["Type"] in ("AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm")
    }


def rules_in(text: str) -> dict[str, dict]:
    resources = read_yaml(text)["resources"]["Resources"]
    return {
        resource["Properties"]["Name"]: resource
        for resource in resources.values()
        if resource["Type"] == "AWS::CloudWatch::AlarmMuteRule"
    }


def test_a_window_without_functions_mutes_every_alarm_of_the_stage() -> None:
    text = rendered(DEMO, with_mute(config.load(DEMO, "dev"), timezone="Europe/Berlin"))
    (rule,) = rules_in(text).values()
    assert rule["Properties"]["Name"] == "mute-nightly__1-dev"
    assert rule["Properties"]["Rule"]["Schedule"] == {
        "Expression": "cron(0 2 * * *)", "Duration": "PT1H", "Timezone": "Europe/Berlin",
    }  # fmt: skip
    alarms = alarms_in(text)
    assert set(rule["Properties"]["MuteTargets"]["AlarmNames"]) == set(alarms.values())
    assert set(rule["DependsOn"]) == alarms.keys()


def test_a_window_of_a_function_mutes_its_alarms_and_its_page(project) -> None:
    written(project, NIGHTLY | {"functions": ["orders"]}, paging="function")
    stage = config.load(project, "dev")
    text = rendered(project, stage)
    (rule,) = rules_in(text).values()
    targets = rule["Properties"]["MuteTargets"]["AlarmNames"]
    assert {name for name in alarms_in(text).values() if name.startswith("orders-")} == {*targets}
    assert names.function_health("orders", "dev") in targets


@slow
def test_many_alarms_are_several_rules_in_the_stack_that_has_them(tmp_path) -> None:
    root = project_of(tmp_path / "of 20", 20)
    written(root, NIGHTLY)
    stage = config.load(root, "dev")
    muted: list[str] = []
    for stack in stacks_of(stage):
        text = rendered(root, stage, stack)
        for name, rule in rules_in(text).items():
            targets = rule["Properties"]["MuteTargets"]["AlarmNames"]
            assert 0 < len(targets) <= MOST_ALARMS, name
            assert {*targets} <= {*alarms_in(text).values()}
            muted += targets
        assert {*alarms_in(text).values()} <= {*muted}
    assert len(set(muted)) == len(muted)
    rules = list(chain.from_iterable(map(mutes, stacks_of(stage))))
    assert len({rule.name for rule in rules}) == len(rules) >= 4


@pytest.mark.parametrize(
    ("window", "said"),
    [
        ({"schedule": "rate(1 hour)"}, r"mute\[0\].*Expression: found 'rate\(1 hour\)'"),
        ({"duration": "4h"}, "Duration: found '4h'"),
        ({"timezone": "Mars/Base"}, "Timezone: found 'Mars/Base'"),
        ({"name": "Nightly backup"}, "lower-case letters"),
        ({"functions": ["order"]}, "orders"),
        ({"functions": ["orders"]}, "`paging: function`"),
        ({"stages": ["prd"]}, "prod"),
        ({"alarms": ["x"]}, "alarms"),
    ],
)
def test_a_window_that_means_something_else_is_refused(project, window, said) -> None:
    written(project, NIGHTLY | window)
    with pytest.raises(ConfigError, match=said):
        config.load(project, "dev")


def test_a_window_is_of_its_stages_and_has_a_name_of_its_own(project) -> None:
    written(project, NIGHTLY | {"stages": ["prod"]}, NIGHTLY | {"stages": ["dev"]})
    assert [len(config.load(project, name).mutes) for name in ("dev", "prod", "staging")] == [
        1, 1, 0,
    ]  # fmt: skip
    written(project, NIGHTLY | {"stages": ["prod"]}, NIGHTLY)
    with pytest.raises(ConfigError, match="each name once"):
        config.load(project, "prod")


@pytest.mark.parametrize(
    ("schedule", "duration", "found"),
    [
        ("cron(0 2 * * *)", "PT23H59M", []),
        ("cron(0 2 * * *)", "P1D", ["mutes-always"]),
        ("cron(* * * * *)", "PT1M", ["mutes-always"]),
        ("cron(0 0 * * SUN)", "P7D", ["mutes-always"]),
        ("cron(0 0 * * MON-FRI)", "P2D", []),
        ("cron(0 0 1 * *)", "P15D", []),
        ("at(2026-11-28T11:00)", "PT30M", ["mute-over"]),
        ("at(2026-11-28T11:00)", "PT2H", []),
        ("at(2026-12-24T18:00)", "P3D", []),
    ],
)
def test_windows_that_mute_always_or_no_more_are_named(schedule, duration, found) -> None:
    window = ScheduledMute(name="w", schedule=schedule, duration=duration)
    assert [finding.rule for finding in of_window(window, NOW)] == found
    assert window.windows.leave_no_time(NOW) is ("mutes-always" in found)


def test_a_rule_that_forgets_an_alarm_is_found() -> None:
    stage = with_mute(config.load(DEMO, "dev"))
    resources = read_yaml(rendered(DEMO, stage))["resources"]["Resources"]
    template = json.loads(json.dumps({"Resources": resources}))
    assert list(muting(stage, Template(template))) == []
    (rule,) = (r for r in template["Resources"].values() if r["Type"].endswith("AlarmMuteRule"))
    gone = rule["Properties"]["MuteTargets"]["AlarmNames"].pop()
    (finding,) = muting(stage, Template(template))
    assert gone in finding.message
