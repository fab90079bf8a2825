"""Names that end with the stage's suffix and are no other stage's; outputs for operators."""

from tests.stack.conftest import Compiled, stage_names
from tocsin import names
from tocsin.check.name_rules import NAMED


def deployed_names(compiled: Compiled) -> set[tuple[str, str]]:
    """(type, name) of each resource that has a name of ours."""
    return {
        (kind, properties[key])
        for kind, (key, _) in NAMED.items()
        for properties in compiled.of_type(kind).values()
    }


def test_every_name_ends_with_the_suffix(compiled: Compiled) -> None:
    for kind, name in deployed_names(compiled):
        assert name.endswith(f"-{compiled.stage.suffix}"), (kind, name)


def test_no_two_stages_have_a_name_in_common(compiled_stage) -> None:
    seen: dict[tuple[str, str], str] = {}
    for stage in stage_names():
        for name in deployed_names(compiled_stage(stage)):
            assert name not in seen, f"{name} on {stage} and {seen.get(name)}"
            seen[name] = stage


def test_outputs_are_what_operators_and_the_drill_read(compiled: Compiled) -> None:
    outputs = {key: output["Value"] for key, output in compiled.template["Outputs"].items()}
    suffix = compiled.stage.suffix
    table, _ = compiled.one("AWS::DynamoDB::Table", TableName=names.table(suffix))
    topic, _ = compiled.one("AWS::SNS::Topic", TopicName=names.topic(suffix))
    pages, _ = compiled.one("AWS::SNS::Topic", TopicName=names.pages_topic(suffix))
    dashboard, _ = compiled.one("AWS::CloudWatch::Dashboard", DashboardName=names.dashboard(suffix))
    assert outputs["ErrorLogTableName"] == {"Ref": table}
    assert outputs["ErrorLogFunctionNameIndex"] == "FunctionNameIndex"
    assert outputs["AlertsTopicArn"] == {"Ref": topic}
    assert outputs["PagesTopicArn"] == {"Ref": pages}
    assert outputs["DashboardName"] == {"Ref": dashboard}
    assert outputs["EnvironmentSuffix"] == suffix


def test_the_outputs_name_every_function(compiled: Compiled) -> None:
    named = [
        name
        for key, output in compiled.template["Outputs"].items()
        if key.startswith("FunctionNames")
        for name in output["Value"].split(",")
    ]
    assert sorted(named) == sorted(function.name for function in compiled.stage.functions)
