"""What SAM makes of its own resources, as far as alarms look at them.

Functions, tables, APIs and state machines become the resources that CloudFormation knows, under
the same logical ids, with the settings of Globals; what else SAM generates is not made.
https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-generated-resources.html
"""

from collections.abc import Mapping
from typing import Any

from tocsin.json_values import as_list

TRANSFORM = "AWS::Serverless-2016-10-31"

_BECOMES = {
    "AWS::Serverless::Function": ("AWS::Lambda::Function", "Function"),
    "AWS::Serverless::SimpleTable": ("AWS::DynamoDB::Table", "SimpleTable"),
    "AWS::Serverless::Api": ("AWS::ApiGateway::RestApi", "Api"),
    "AWS::Serverless::HttpApi": ("AWS::ApiGatewayV2::Api", "HttpApi"),
    "AWS::Serverless::StateMachine": ("AWS::StepFunctions::StateMachine", "StateMachine"),
    "AWS::Serverless::LayerVersion": ("AWS::Lambda::LayerVersion", "LayerVersion"),
}
# The name that a resource has in SAM, where CloudFormation's is another.
_NAMES = {"AWS::Serverless::StateMachine": ("Name", "StateMachineName")}
# Logical id of the API that events without one of their own share.
_IMPLICIT = {
    "Api": ("ServerlessRestApi", "AWS::ApiGateway::RestApi"),
    "HttpApi": ("ServerlessHttpApi", "AWS::ApiGatewayV2::Api"),
}


def is_sam(document: Mapping[str, Any]) -> bool:
    """Whether it says so, or has a resource of SAM's."""
    return TRANSFORM in as_list(document.get("Transform")) or any(
        isinstance(resource, Mapping) and str(resource.get("Type")).startswith("AWS::Serverless::")
        for resource in _object(document.get("Resources")).values()
    )


def transformed(document: Mapping[str, Any]) -> dict[str, Any]:
    """``document`` with SAM's resources as CloudFormation's.

    References to what SAM generates (``Orders.Version``, ``ServerlessRestApi``) lead somewhere.
    """
    resources: dict[str, Any] = {}
    settings = _object(document.get("Globals"))
    for logical_id, resource in _object(document.get("Resources")).items():
        kind = resource.get("Type") if isinstance(resource, Mapping) else None
        if not isinstance(kind, str) or kind not in _BECOMES:
            resources[logical_id] = resource
            continue
        becomes, section = _BECOMES[kind]
        properties = _merged(settings.get(section), resource.get("Properties"))
        for old, new in [_NAMES[kind]] if kind in _NAMES else ():
            if old in properties:
                properties[new] = properties[old]
        resources[logical_id] = {**resource, "Type": becomes, "Properties": properties}
        for name, made in _generated(logical_id, kind, properties).items():
            resources.setdefault(name, made)
    return {**document, "Resources": resources}


def _merged(general: Any, own: Any) -> dict[str, Any]:
    """A resource's own properties over those of Globals: objects joined, lists added up."""
    found = dict(_object(general))
    for key, value in _object(own).items():
        before = found.get(key)
        if isinstance(before, Mapping) and isinstance(value, Mapping):
            found[key] = _merged(before, value)
        elif isinstance(before, list) and isinstance(value, list):
            found[key] = [*before, *value]
        else:
            found[key] = value
    return found


def _generated(logical_id: str, kind: str, properties: Mapping[str, Any]) -> dict[str, Any]:
    """The resources beside it that a template may refer to."""
    found: dict[str, Any] = {}
    if kind == "AWS::Serverless::Function":
        found[f"{logical_id}Role"] = {"Type": "AWS::IAM::Role", "Properties": {}}
        alias = properties.get("AutoPublishAlias")
        if alias is not None:
            function = {"FunctionName": {"Ref": logical_id}}
            found[f"{logical_id}.Version"] = {
                "Type": "AWS::Lambda::Version",
                "Properties": function,
            }
            found[f"{logical_id}.Alias"] = {
                "Type": "AWS::Lambda::Alias",
                "Properties": {**function, "Name": alias},
            }
        for event in _object(properties.get("Events")).values():
            name = event.get("Type") if isinstance(event, Mapping) else None
            implicit = _IMPLICIT.get(name) if isinstance(name, str) else None
            if implicit is not None:
                found[implicit[0]] = {"Type": implicit[1], "Properties": {}}
    if kind in ("AWS::Serverless::Api", "AWS::Serverless::HttpApi"):
        stage = {"StageName": properties.get("StageName", "$default")}
        found[f"{logical_id}.Stage"] = {"Type": "AWS::ApiGateway::Stage", "Properties": stage}
        found[f"{logical_id}.Deployment"] = {"Type": "AWS::ApiGateway::Deployment"}
    return found


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
