"""What any resource may lose, the dashboards, and the stack's outputs."""

import json
from collections.abc import Iterator

from tests.mutations.edits import ANY, Resource, Template, breaks, drop, get, put
from tocsin.check.name_rules import NAMED

DASHBOARD = "AWS::CloudWatch::Dashboard"
BODY = ("Properties", "DashboardBody", "Fn::Sub")
OTHER_METRIC = "ConcurrentExecutions"
# Of osls, which deploys through it; nothing of ours is in it.
NOT_OURS = ("ServerlessDeploymentBucket",)
# What may go without anybody's being worse off, with the reason.
HARMLESS = {
    ("AWS::Lambda::LayerVersion", "Description"): "only the console shows it",
    ("AWS::SNS::Topic", "DisplayName"): "only the sender's name of an e-mail",
    ("AWS::SecretsManager::Secret", "Description"): "only the console shows it",
}


@breaks(ANY, "property dropped")
def property_dropped(resource: Resource) -> Iterator[Resource]:
    for name in resource.get("Properties", {}):
        if (resource["Type"], name) not in HARMLESS:
            yield drop(resource, ("Properties", name))


@breaks(ANY, "name without the stage")
def name_without_stage(resource: Resource) -> Iterator[Resource]:
    key, _ = NAMED.get(resource["Type"], ("", 0))
    name = get(resource, ("Properties", key))
    if isinstance(name, str):
        yield put(resource, ("Properties", key), name.rpartition("-")[0])


@breaks(ANY, "another name")
def another_name(resource: Resource) -> Iterator[Resource]:
    key, _ = NAMED.get(resource["Type"], ("", 0))
    name = get(resource, ("Properties", key))
    if isinstance(name, str):
        yield put(resource, ("Properties", key), f"x{name}")


@breaks(DASHBOARD, "widget dropped")
def widget_dropped(dashboard: Resource) -> Iterator[Resource]:
    body = json.loads(get(dashboard, BODY))
    for index in range(len(body["widgets"])):
        yield put(dashboard, BODY, json.dumps(drop(body, ("widgets", index))))


@breaks(DASHBOARD, "another metric in a graph")
def widget_metric(dashboard: Resource) -> Iterator[Resource]:
    body = json.loads(get(dashboard, BODY))
    for index, widget in enumerate(body["widgets"]):
        for row, metric in enumerate(widget["properties"].get("metrics", [])):
            if len(metric) > 1 and metric[1] != OTHER_METRIC:
                path = ("widgets", index, "properties", "metrics", row, 1)
                yield put(dashboard, BODY, json.dumps(put(body, path, OTHER_METRIC)))


@breaks(DASHBOARD, "no JSON")
def no_json(dashboard: Resource) -> Iterator[Resource]:
    yield put(dashboard, BODY, get(dashboard, BODY)[:-1])


RESOURCE_DELETED = f"{ANY}: deleted"
OUTPUT_DROPPED = "output: dropped"
OUTPUT_CHANGED = "output: another value"


def whole_template(template: Template) -> Iterator[tuple[str, str, Template]]:
    """(kind, what, template) of mutations that are of no single resource."""
    for logical_id in template["Resources"]:
        if not logical_id.startswith(NOT_OURS):
            yield RESOURCE_DELETED, logical_id, drop(template, ("Resources", logical_id))
    for key, output in template["Outputs"].items():
        if not key.startswith((*NOT_OURS, "ErrorlogLambdaLayer")):  # of the layer, by osls
            yield OUTPUT_DROPPED, key, drop(template, ("Outputs", key))
            if isinstance(output["Value"], str):
                changed = put(template, ("Outputs", key, "Value"), f"{output['Value']}2")
            else:
                changed = put(template, ("Outputs", key, "Value"), {"Ref": "AWS::StackName"})
            yield OUTPUT_CHANGED, key, changed
