"""Function configuration, environment and log groups, as compiled."""

import pytest

from tests.conftest import DEMO, read_yaml
from tocsin import config
from tocsin.packaging.render import rendered

FUNCTIONS = ("orders", "payments", "notifications")
DRILL_KEY = {
    "Fn::Join": ["", ["{{resolve:secretsmanager:", {"Ref": "DrillKey"}, ":SecretString}}"]]
}
ALL = (*FUNCTIONS, "collector", "drill")


def properties(template, key):
    return template["Resources"][f"{key.capitalize()}LambdaFunction"]["Properties"]


@pytest.mark.parametrize("key", FUNCTIONS)
@pytest.mark.parametrize("stage_name", ["dev", "prod"])
def test_a_function_is_deployed_as_monitoring_yml_says(compiled, key, stage_name) -> None:
    stage = config.load(DEMO, stage_name)
    declared = stage.function(key)
    assert declared is not None
    function = properties(compiled(stage_name), key)
    assert function["FunctionName"] == f"{key}-function-{stage_name}"
    assert function["Handler"] == "handler.handler"
    assert function["Runtime"] == stage.runtime
    assert (function["MemorySize"], function["Timeout"]) == (declared.memory, declared.timeout)
    assert function["Layers"] == [{"Ref": "ErrorlogLambdaLayer"}]
    assert function.get("ReservedConcurrentExecutions") == declared.reserved_concurrency


@pytest.mark.parametrize("stage_name", ["dev", "prod"])
@pytest.mark.parametrize("key", ALL)
def test_the_environment_is_this_stages(compiled, key, stage_name) -> None:
    stage = config.load(DEMO, stage_name)
    variables = dict(properties(compiled(stage_name), key)["Environment"]["Variables"])
    releases = {
        properties(compiled(stage_name), key)["Environment"]["Variables"].get("RELEASE")
        for key in ALL
    }
    assert releases == {variables.pop("RELEASE")}
    # The collector and the drill's own function answer nobody's drill.
    assert variables.pop("ERROR_LOG_DRILL_KEY", None) == (DRILL_KEY if key in FUNCTIONS else None)
    assert variables == {
        "ERROR_LOG_TABLE": f"error-log-table-{stage_name}",
        "ERROR_LOG_TTL_DAYS": {"dev": "30", "prod": "90"}[stage_name],
        "ERROR_LOG_REDACT_EMAILS": "false",
        "ERROR_LOG_REDACT_KEYS": "",
        "STAGE": stage_name,
        "LOG_LEVEL": stage.log_level,
        "POWERTOOLS_METRICS_NAMESPACE": stage.service,
        "POWERTOOLS_SERVICE_NAME": key,
    }


@pytest.mark.parametrize("key", ALL)
def test_a_function_runs_its_own_code(dev, key) -> None:
    function = properties(dev, key)
    assert function["Code"]["S3Bucket"] == {"Ref": "ServerlessDeploymentBucket"}
    assert function["Code"]["S3Key"].endswith(f"/{key}.zip")
    assert function["Architectures"] == ["x86_64"]
    assert function["Description"]
    assert function["Tags"] == [
        {"Key": "service", "Value": "tocsin"},
        {"Key": "stage", "Value": "dev"},
    ]


def test_the_layer_holds_the_error_log_for_the_runtime_of_the_functions(dev) -> None:
    layer = dev["Resources"]["ErrorlogLambdaLayer"]["Properties"]
    assert layer["CompatibleArchitectures"] == ["x86_64"]
    assert layer["LayerName"] == "errorlog-layer-dev"
    assert layer["Content"]["S3Key"].endswith("/layer.zip")
    assert layer["CompatibleRuntimes"] == [properties(dev, key)["Runtime"] for key in ALL[:1]]


def test_the_collector_has_time_for_a_batch_and_the_same_layer(dev) -> None:
    function = properties(dev, "collector")
    assert function["Handler"] == "collector/handler.handler"
    assert function["Runtime"] == properties(dev, "orders")["Runtime"]
    assert (function["MemorySize"], function["Timeout"]) == (256, 60)
    assert function["Layers"] == [{"Ref": "ErrorlogLambdaLayer"}]
    assert "ReservedConcurrentExecutions" not in function


def test_what_is_redacted_reaches_the_functions(project) -> None:
    file = project / "monitoring.yml"
    file.write_text(
        file.read_text()
        .replace("keys: []", 'keys: [iban, "*plate"]')
        .replace("emails: false", "emails: true")
    )
    document = read_yaml(rendered(project, config.load(project, "dev")))
    environment = document["provider"]["environment"]
    assert environment["ERROR_LOG_REDACT_KEYS"] == "iban,*plate"
    assert environment["ERROR_LOG_REDACT_EMAILS"] == "true"


@pytest.mark.parametrize(("stage_name", "days"), [("dev", 7), ("prod", 90)])
def test_every_function_has_its_log_group_with_a_retention(compiled, stage_name, days) -> None:
    for key in FUNCTIONS:
        group = compiled(stage_name)["Resources"][f"{key.capitalize()}LogGroup"]["Properties"]
        assert group == {
            "LogGroupName": f"/aws/lambda/{key}-function-{stage_name}",
            "RetentionInDays": days,
        }


@pytest.mark.parametrize(("stage_name", "protected"), [("dev", False), ("prod", True)])
def test_what_a_protected_stage_has_logged_outlives_it(compiled, stage_name, protected) -> None:
    groups = {
        logical_id: (resource.get("DeletionPolicy"), resource.get("UpdateReplacePolicy"))
        for logical_id, resource in compiled(stage_name)["Resources"].items()
        if resource["Type"] == "AWS::Logs::LogGroup"
    }
    # Of the drill's own function nothing is worth keeping.
    assert groups.pop("DrillLogGroup") == (None, None)
    kept = ("RetainExceptOnCreate", "Retain") if protected else (None, None)
    assert set(groups.values()) == {kept}
    assert {"CollectorLogGroup", "BugsLogGroup", "OrdersLogGroup"} <= groups.keys()
