"""Proofs shared by alarms of one shape say of each what a proof of its own would."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.conftest import slow
from tocsin.cloudwatch import MetricAlarm
from tocsin.kept_answers import KeptAnswers
from tocsin.scenarios import alarms_of, load_alarms
from tocsin.scenarios.alarm_proof import alarm_findings
from tocsin.scenarios.shapes import ByShape
from tocsin.scenarios.template_context import LogMetric

WRONG = sorted((Path(__file__).parent / "wrong_alarms").glob("*.yml"))


def counted():
    """(proofs by shape, the alarms that were proven themselves)."""
    proven: list[MetricAlarm] = []

    def proof(alarm, around):
        proven.append(alarm)
        return alarm_findings(alarm, around)

    return ByShape(proof), proven


@slow
@pytest.mark.parametrize("file", WRONG, ids=lambda file: file.stem)
def test_a_shared_proof_finds_what_one_of_its_own_does_in_the_alarms_own_names(file) -> None:
    alarms = load_alarms(file)
    shared, _ = counted()
    for alarm in alarms.metric:
        own = list(alarm_findings(alarm, alarms.surroundings))
        assert list(shared.findings(alarm, alarms)) == own


def test_alarms_that_differ_in_their_function_only_are_proven_once(compiled) -> None:
    alarms = alarms_of(compiled("dev"))
    shared, proven = counted()
    several = [alarm for alarm in alarms.metric if alarm.name.endswith("-latency-alarm-dev")]
    found = [list(shared.findings(alarm, alarms)) for alarm in several]
    assert (len(several), len(proven)) == (3, 1)
    assert found == [list(alarm_findings(alarm, alarms.surroundings)) for alarm in several]


def test_a_time_out_of_its_own_is_a_proof_of_its_own(compiled) -> None:
    alarms = alarms_of(compiled("dev"))
    around = alarms.surroundings
    alarms = replace(
        alarms,
        surroundings=replace(around, functions={**around.functions, "orders-function-dev": 0.4}),
    )
    shared, proven = counted()
    found = {
        alarm.name: [finding.rule for finding in shared.findings(alarm, alarms)]
        for alarm in alarms.metric
        if alarm.name.endswith("-latency-alarm-dev")
    }
    assert len(proven) == 2
    assert found["orders-latency-alarm-dev"] == ["latency-beyond-timeout"]
    assert found["payments-latency-alarm-dev"] == []


def asked_of(alarms) -> list[str]:
    """All that each answer is kept under."""
    asked: list[str] = []

    class Asked(KeptAnswers):
        def of(self, asked_now, ask, written, read):
            asked.extend(asked_now)
            return []

    shared = ByShape(alarm_findings, Asked())
    for alarm in alarms.metric:
        list(shared.findings(alarm, alarms))
    return asked


def test_a_proof_is_kept_under_the_same_text_in_every_process(compiled) -> None:
    """A set is written in another order in each."""
    asked = asked_of(alarms_of(compiled("dev")))
    assert len(asked) > 30
    assert [text for text in asked if "set({" in text] == []


def test_what_is_kept_stays_when_other_parts_of_the_template_change(compiled) -> None:
    template = compiled("dev")
    queue = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "another"}}
    topic = {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "another"}}
    resources = {**template["Resources"], "Queue": queue, "Topic": topic}
    changed = {**template, "Resources": resources}
    assert asked_of(alarms_of(changed)) == asked_of(alarms_of(template))


@pytest.mark.parametrize("has_default", [True, False])
def test_whether_its_metric_comes_from_lines_alone_is_part_of_it(compiled, has_default) -> None:
    alarms = alarms_of(compiled("dev"))
    filters = (
        LogMetric("AWS/Lambda", "Duration", frozenset({"Function", "Shop"}), has_default),
        LogMetric("Shop", "OrdersPlaced", frozenset({"Function", "Shop"}), not has_default),
    )
    asked = asked_of(
        replace(alarms, surroundings=replace(alarms.surroundings, log_metrics=filters))
    )
    known = {text for text in asked if "LogMetric" in text}
    assert known
    assert all(f"has_default={has_default}" in text for text in known)
    assert [text for text in known if "OrdersPlaced" in text or "Function'," in text] == []


@pytest.mark.parametrize("change", [{"threshold": 501}, {"evaluation_periods": 3}])
def test_any_other_difference_is_a_proof_of_its_own(compiled, change) -> None:
    alarms = alarms_of(compiled("dev"))
    one = alarms["orders-latency-alarm-dev"]
    shared, proven = counted()
    for alarm in (one, replace(one, name="other"), replace(one, **change)):
        list(shared.findings(alarm, alarms))
    assert len(proven) == 2
