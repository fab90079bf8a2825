"""Stacks that a template makes: their alarms are read with the values of each place, or named."""

import json
from typing import Any

import pytest

from tocsin.cloudformation.other_stacks import MOST_INSTANCES
from tocsin.scenarios import LoadedAlarms, load_alarms, prove
from tocsin.scenarios.loading import Verdict

ALARM: dict[str, Any] = {
    "Type": "AWS::CloudWatch::Alarm",
    "Properties": {
        "AlarmName": {"Fn::Sub": "few-${AWS::Region}"},
        "Namespace": "AWS/Lambda",
        "MetricName": "Errors",
        "Dimensions": [{"Name": "FunctionName", "Value": "orders"}],
        "Statistic": "Sum",
        "Period": 60,
        "EvaluationPeriods": 1,
        "Threshold": {"Ref": "Most"},
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "notBreaching",
        "AlarmActions": [{"Ref": "Topic"}],
    },
}
INNER: dict[str, Any] = {
    "Parameters": {"Most": {"Type": "Number"}},
    "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}, "Few": ALARM},
}


def _same_name() -> dict[str, Any]:
    alarm = ALARM | {"Properties": ALARM["Properties"] | {"AlarmName": "few"}}
    return INNER | {"Resources": {**INNER["Resources"], "Few": alarm}}


def _group(*regions: str, most: str | None = None, **targets: Any) -> dict[str, Any]:
    group: dict[str, Any] = {"Regions": list(regions), "DeploymentTargets": targets}
    if most is not None:
        group["ParameterOverrides"] = [{"ParameterKey": "Most", "ParameterValue": most}]
    return group


def _set(body: Any, *groups: Any, **properties: Any) -> dict[str, Any]:
    given = {
        "TemplateBody": json.dumps(body) if isinstance(body, dict) else body,
        "Parameters": [{"ParameterKey": "Most", "ParameterValue": "5"}],
        "StackInstancesGroup": list(groups),
        **properties,
    }
    return {"Type": "AWS::CloudFormation::StackSet", "Properties": given}


@pytest.fixture
def load(tmp_path):
    def loaded(resources: dict[str, Any], **parameters: str) -> LoadedAlarms:
        file = tmp_path / "template.json"
        file.write_text(json.dumps({"Resources": resources}))
        return load_alarms(file, parameters)

    return loaded


def _thresholds(alarms: LoadedAlarms) -> dict[str, float | None]:
    return {alarm.name: alarm.threshold for alarm in alarms.metric}


def test_each_place_has_its_values(load) -> None:
    groups = [
        _group("eu-west-1", Accounts=["111122223333"]),
        _group("us-east-1", most="9", Accounts=["111122223333", "444455556666"]),
    ]
    alarms = load({"Set": _set(INNER, *groups)})
    assert _thresholds(alarms) == {"few-eu-west-1": 5, "few-us-east-1": 9}
    assert alarms.logical_ids == {"few-eu-west-1": "Set/Few", "few-us-east-1": "Set/Few"}
    # The topic is the place's own, so that each alarm tells somebody.
    assert [finding.rule for finding in prove(alarms)] == []


def test_one_name_with_other_values_is_told_apart_by_its_place(load) -> None:
    groups = [_group("eu-west-1"), _group("us-east-1", most="9", Accounts=["111122223333"])]
    alarms = load({"Set": _set(_same_name(), *groups)})
    assert _thresholds(alarms) == {"few": 5, "few (111122223333 us-east-1)": 9}


def test_a_set_without_instances_is_read_with_the_values_of_all(load) -> None:
    alarms = load({"Set": _set(_same_name())}, **{"AWS::Region": "eu-west-1"})
    assert _thresholds(alarms) == {"few": 5}


def test_which_accounts_an_organization_has_is_not_known_and_not_needed(load) -> None:
    alarms = load({"Set": _set(INNER, _group("eu-west-1", OrganizationalUnitIds=["ou-1"]))})
    assert _thresholds(alarms) == {"few-eu-west-1": 5}


def test_a_template_in_short_forms_within_a_set_is_read(load) -> None:
    body = "Resources:\n  Few:\n    Type: AWS::CloudWatch::Alarm\n    Properties: "
    properties = ALARM["Properties"] | {"Threshold": 3, "AlarmActions": []}
    alarms = load({"Set": _set(body + json.dumps(properties))})
    assert list(_thresholds(alarms).values()) == [3]


@pytest.mark.parametrize(
    ("resource", "verdict", "words"),
    [
        ({"Type": "AWS::CloudFormation::Stack"}, Verdict.NOT_EVALUATED, "nested stack"),
        ({"Type": "AWS::Serverless::Application"}, Verdict.NOT_EVALUATED, "nested stack"),
        ({"Type": "AWS::CloudFormation::StackSet", "Properties": {"TemplateURL": "u"}},
         Verdict.NOT_EVALUATED, "stack set"),
        (_set("", TemplateBody={"Ref": "Body"}), Verdict.UNKNOWN, "TemplateBody"),
        (_set("{"), Verdict.REFUSED, "TemplateBody:2"),
        (_set("[]"), Verdict.REFUSED, "no Resources"),
        (_set({"Resources": []}), Verdict.REFUSED, "no Resources"),
        (_set(INNER, Parameters={"Most": "5"}), Verdict.UNKNOWN, "Most"),
        (_set(INNER, *[_group(*(f"r-{n}" for n in range(MOST_INSTANCES + 1)))]),
         Verdict.NOT_EVALUATED, f"first {MOST_INSTANCES} of its {MOST_INSTANCES + 1}"),
    ],
)  # fmt: skip
def test_what_is_not_looked_at_is_named(load, resource, verdict, words) -> None:
    (refused,) = [found for found in load({"Other": resource}).refused if found.verdict is verdict]
    assert refused.subject.startswith("Other")
    assert words in " ".join(refused.problems)


def test_a_template_within_that_cannot_be_read_is_refused_by_who_reads_it(load) -> None:
    (finding,) = prove(load({"Set": _set("[]")}))
    assert finding.message == (
        "CloudFormation would refuse it: TemplateBody: no Resources; an object is required"
    )


@pytest.mark.parametrize("broken", [None, 5, "x", [], [5], {"Ref": "x"}, [{"Regions": 5}]])
@pytest.mark.parametrize("key", ["Parameters", "StackInstancesGroup", "TemplateBody"])
def test_no_shape_of_a_set_is_a_traceback(load, key, broken) -> None:
    load({"Set": _set(INNER, **{key: broken})})


def test_sets_within_sets_end(load) -> None:
    body: dict[str, Any] = INNER
    for _ in range(6):
        body = {"Resources": {"Set": _set(body)}}
    load(body["Resources"])


def test_a_set_whose_condition_is_false_makes_nothing(tmp_path) -> None:
    document = {
        "Conditions": {"No": {"Fn::Equals": ["a", "b"]}},
        "Resources": {"Set": _set(INNER) | {"Condition": "No"}},
    }
    file = tmp_path / "template.json"
    file.write_text(json.dumps(document))
    alarms = load_alarms(file)
    assert (alarms.metric, alarms.refused) == ((), ())


def test_the_topics_of_a_place_are_those_of_its_region_and_account(tmp_path) -> None:
    file = tmp_path / "template.json"
    file.write_text(json.dumps(INNER))
    place = {"AWS::Region": "eu-west-1", "AWS::AccountId": "111122223333", "Most": "5"}
    assert list(prove(load_alarms(file, place))) == []
