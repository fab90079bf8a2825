"""A project with every key that osls has for a function, and its kinds of events."""

import json
import shutil
import zipfile

import pytest

from tests.conftest import PROJECTS, ROOT, deep, read_yaml
from tocsin import config
from tocsin.check import check
from tocsin.config import osls_validation
from tocsin.findings import Severity
from tocsin.packaging.package import compiled_template, package
from tocsin.packaging.render import rendered

PROJECT = PROJECTS / "every_key"
# osls has a function of its own for these, which subscribes to what is there already, or they are
# of another region, of a domain, or of a registration that only an account has.
WITHOUT = {"cloudFront", "iotFleetProvisioning"}


@pytest.fixture(scope="module")
def stage():
    return config.load(PROJECT, "dev")


def test_it_has_every_key_and_kind_of_event(stage) -> None:
    declared = read_yaml((PROJECT / "monitoring.yml").read_text())["functions"].values()
    keys = {key for settings in declared for key in settings}
    assert keys >= set(osls_validation.function_schema()["properties"])
    events = {kind for function in stage.functions for event in function.events for kind in event}
    assert events == set(osls_validation.event_schemas()) - WITHOUT


def test_every_key_is_in_serverless_yml_as_it_is_written(stage) -> None:
    functions = read_yaml(rendered(PROJECT, stage))["functions"]
    for function in stage.functions:
        given = functions[function.key]
        for key in function.keys.keys() - {"layers", "package"}:
            assert given[key] == function.keys[key], (function.key, key)
    layers = functions["orders_api"]["layers"]
    assert layers == [
        {"Ref": "ErrorlogLambdaLayer"},
        "arn:aws:lambda:eu-central-1:123456789012:layer:fonts:3",
    ]
    assert "layers" not in functions["legacy"]
    assert {"handler", "layers", "package"}.isdisjoint(functions["boxed"])


def _read_by_alarms(resources):
    """The dimensions of what the alarms read."""
    found = []
    for resource in resources.values():
        if resource["Type"] != "AWS::CloudWatch::Alarm":
            continue
        properties = resource["Properties"]
        queries = properties.get("Metrics", [{"MetricStat": {"Metric": properties}}])
        for query in queries:
            metric = query.get("MetricStat", {"Metric": {}})["Metric"]
            found.append({one["Name"]: one["Value"] for one in metric.get("Dimensions", ())})
    return found


@deep
def test_it_is_packaged_and_passes_check(tmp_path) -> None:
    root = tmp_path / "every key"
    shutil.copytree(PROJECT, root)
    (root / "node_modules").symlink_to(ROOT / "node_modules")
    stage = config.load(root, "dev")
    built = package(root, stage)
    errors = [
        finding
        for finding in check(root, stage, *built.templates)
        if finding.severity is Severity.ERROR
    ]
    assert errors == []
    template = json.loads(compiled_template(root, stage).read_text())
    read = _read_by_alarms(template["Resources"])
    assert {"ApiId": {"Fn::Sub": "${HttpApi}"}} in read
    assert {"QueueName": {"Fn::Sub": "${Orders.QueueName}"}} in read
    rules = {name for dimensions in read for name in dimensions if name == "RuleName"}
    assert rules
    for dimensions in read:
        for value in dimensions.values():
            if isinstance(value, dict):
                logical_id = value["Fn::Sub"].strip("${}").partition(".")[0]
                assert logical_id in template["Resources"], value
    (project,) = (file for file in built.archives if file.name.startswith("project-"))
    with zipfile.ZipFile(project) as opened:
        names = opened.namelist()
    assert {"src/handlers/orders.py", "src/stock.py"} <= {*names}
    assert "src/handlers/private/keys.py" not in names
    assert not [name for name in names if name.startswith(("resources", "functions", "build"))]
