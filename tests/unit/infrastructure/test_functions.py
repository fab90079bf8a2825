"""Function configuration, environment and log groups, as compiled."""

import pytest
import yaml

from tests.conftest import ROOT
from tocsin import config
from tocsin.render import rendered

FUNCTIONS = ("orders", "payments", "notifications")


def properties(template, key):
    return template["Resources"][f"{key.capitalize()}LambdaFunction"]["Properties"]


@pytest.mark.parametrize("key", FUNCTIONS)
@pytest.mark.parametrize("stage_name", ["dev", "prod"])
def test_a_function_is_deployed_as_monitoring_yml_says(compiled, key, stage_name) -> None:
    stage = config.load(ROOT, stage_name)
    declared = stage.function(key)
    assert declared is not None
    function = properties(compiled(stage_name), key)
    assert function["FunctionName"] == f"{key}-function-{stage_name}"
    assert function["Handler"] == "handler.handler"
    assert function["Runtime"] == stage.runtime
    assert (function["MemorySize"], function["Timeout"]) == (declared.memory, declared.timeout)
    assert function["Layers"] == [{"Ref": "ErrorlogLambdaLayer"}]


@pytest.mark.parametrize("stage_name", ["dev", "prod"])
def test_the_environment_names_this_stages_parts(compiled, stage_name) -> None:
    for key in FUNCTIONS:
        variables = properties(compiled(stage_name), key)["Environment"]["Variables"]
        assert variables["ERROR_LOG_TABLE"] == f"error-log-table-{stage_name}"
        assert variables["STAGE"] == stage_name
        assert variables["POWERTOOLS_SERVICE_NAME"] == key
        assert variables["ERROR_LOG_TTL_DAYS"] == {"dev": "30", "prod": "90"}[stage_name]


def test_what_is_redacted_reaches_the_functions(project) -> None:
    file = project / "monitoring.yml"
    file.write_text(
        file.read_text()
        .replace("keys: []", 'keys: [iban, "*plate"]')
        .replace("emails: false", "emails: true")
    )
    document = yaml.safe_load(rendered(project, config.load(project, "dev")))
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
