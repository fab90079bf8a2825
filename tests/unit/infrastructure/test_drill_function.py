"""The drill's own function as compiled: it never starts, and may do nothing but say so."""

import json
import runpy
import zipfile

import pytest

from tests.unit.infrastructure.granted import grants, of_the_platform
from tocsin import config
from tocsin.packaging.artifact_paths import build_folder, function_artifact
from tocsin.packaging.package import CANNOT_START
from tocsin.packaging.render import rendered


def properties(template, logical_id):
    return template["Resources"][logical_id]["Properties"]


def test_it_is_deployed_with_the_layer_of_the_others(dev) -> None:
    function = properties(dev, "DrillLambdaFunction")
    assert function["FunctionName"] == "drill-function-dev"
    assert (function["Handler"], function["MemorySize"], function["Timeout"]) == (
        "handler.handler", 128, 6,
    )  # fmt: skip
    for same in ("Layers", "Runtime"):
        assert function[same] == properties(dev, "OrdersLambdaFunction")[same]
    assert function["Role"] == {"Fn::GetAtt": ["DrillRole", "Arn"]}
    assert "ReservedConcurrentExecutions" not in function


def test_its_code_cannot_be_imported() -> None:
    with pytest.raises(ModuleNotFoundError):
        runpy.run_path(str(CANNOT_START / "handler.py"))


def test_that_code_is_what_is_deployed(compiled_project) -> None:
    stage = config.load(compiled_project, "dev")
    archive = build_folder(compiled_project, stage) / function_artifact("drill")
    with zipfile.ZipFile(archive) as opened:
        assert opened.namelist() == ["handler.py"]
        assert opened.read("handler.py") == (CANNOT_START / "handler.py").read_bytes()


@pytest.mark.parametrize("stage", ["dev", "prod", "shared"])
def test_its_role_is_what_lambda_needs_to_log(compiled, stage) -> None:
    template = compiled(stage)
    role = properties(template, "DrillRole")
    assert set(role) == {"RoleName", "AssumeRolePolicyDocument", "Policies"}
    needed = of_the_platform(template, properties(template, "DrillLambdaFunction"))
    assert grants(template, role) == needed


def test_its_log_takes_the_way_of_the_others(dev) -> None:
    own = dict(properties(dev, "DrillCollectorSubscription"))
    assert own.pop("LogGroupName") == {"Ref": "DrillLogGroup"}
    others = dict(properties(dev, "OrdersCollectorSubscription"))
    assert others.pop("LogGroupName") == {"Ref": "OrdersLogGroup"}
    assert own == others
    waits_for = dev["Resources"]["DrillCollectorSubscription"]["DependsOn"]
    assert waits_for == ["DrillCollectorInvokePermission"]


@pytest.mark.parametrize(("stage", "days"), [("dev", 7), ("prod", 90)])
def test_it_logs_with_a_retention(compiled, stage, days) -> None:
    group = properties(compiled(stage), "DrillLogGroup")
    name = f"/aws/lambda/drill-function-{stage}"
    assert group == {"LogGroupName": name, "RetentionInDays": days}


def test_no_alarm_is_on_it(dev, of_type) -> None:
    """It fails whenever a drill is held: nobody is told."""
    assert "drill-function-dev" not in json.dumps(of_type(dev, "AWS::CloudWatch::Alarm"))


def test_the_key_is_made_by_aws_and_is_in_no_template(dev, of_type) -> None:
    ((name, secret),) = of_type(dev, "AWS::SecretsManager::Secret").items()
    assert name == "DrillKey"
    made = secret["Properties"]
    assert made["Name"] == "drill-key-dev"
    assert made["GenerateSecretString"] == {"PasswordLength": 64, "ExcludePunctuation": True}
    assert "SecretString" not in made


def test_where_the_drill_is_not_answered_there_is_no_key(project) -> None:
    file = project / "monitoring.yml"
    text = file.read_text()
    changed = text.replace("\ndrill:\n", "\ndrill:\n  answer: false\n")
    assert changed != text
    file.write_text(changed)
    document = rendered(project, config.load(project, "dev"))
    assert "DRILL_KEY" not in document
    assert "AWS::SecretsManager::Secret" not in document
