"""The functions of a CloudFormation or SAM template.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-function.html
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tocsin import names
from tocsin.attach import event_sources, execution_roles, sam_globals
from tocsin.attach.found import (
    DEFAULT_MEMORY_MB,
    DEFAULT_TIMEOUT_S,
    FoundFunction,
    ours,
)
from tocsin.attach.known_values import KnownValues
from tocsin.attach.unrolled_template import UnrolledTemplate
from tocsin.config.field_types import DEPLOYED_NAME, LOG_GROUP

_TYPES = ("AWS::Lambda::Function", sam_globals.TYPE)
_OF_OSLS = "LambdaFunction"  # what the logical ids end with that osls makes
_CONSTRUCT_PATH = "aws:cdk:path"
ASSET_PATH = "aws:asset:path"

# What a tool adds for itself, and nobody would want to be woken by: by logical id or its path.
_TOOLS_OWN = re.compile(
    r"CustomDash(?:resource|Dash)\w*LambdaFunction"  # osls: existing buckets, user pools, roles
    r"|LogRetention[0-9A-Za-z]{40}"  # CDK: retention of log groups that Lambda makes
    r"|AWS679f53fac002430cb0da5b7982bd2287\w*"  # CDK: AwsCustomResource
    r"|Custom\w*CustomResourceProviderHandler\w*"  # CDK: auto-delete of objects and the like
    r"|CustomCDKBucketDeployment\w*"
    r"|BucketNotificationsHandler\w*"
    r"|SingletonLambda\w*CustomResource\w*"
)
_PROVIDER_FRAMEWORK = re.compile(r"framework\.on(?:Event|Timeout)|framework\.isComplete")


def functions_of(
    unrolled: UnrolledTemplate, *, folder: Path | None = None, inside: str = ""
) -> Iterator[FoundFunction]:
    """Each function of a template that is its owner's; one that is certainly not made is none.

    ``folder`` is where paths of the template start, ``inside`` the nested stack that it is of.
    """
    template, values, made_by = unrolled.document, unrolled.values, unrolled.made_by
    resources = resources_of(template)
    calls = event_sources.of_resources(resources, values)
    for logical_id, resource in resources.items():
        if resource.get("Type") not in _TYPES or values.left_out(resource.get("Condition")):
            continue
        is_sam = resource["Type"] == sam_globals.TYPE
        written = resource.get("Properties")
        properties = (
            sam_globals.properties_of(template, resource) if is_sam else values.mapping(written)
        )
        if values.text(properties.get("PackageType")) == "Image":
            # What runs in an image is not told; SAM's globals may say so of the others.
            properties = {**properties, "Runtime": "", "Handler": ""}
        handler = values.text(properties.get("Handler")) or ""
        if _is_a_tools_own(logical_id, resource, handler):
            continue
        name = _formed(values.text(properties.get("FunctionName")), DEPLOYED_NAME)
        if name is None and "FunctionName" not in properties:
            name = values.text({"Ref": logical_id})
        events = calls.get(logical_id, ())
        if is_sam:
            of_sam = event_sources.of_sam(properties.get("Events"), values)
            events = (*events, *(event for event in of_sam if event not in events))
        code = _code(properties, resource, values, folder)
        role = execution_roles.role_of(properties, resources)
        yield FoundFunction(
            id=f"{inside}/{logical_id}" if inside else logical_id,
            label=_label(logical_id, resource, name),
            name=name,
            runtime=values.text(properties.get("Runtime")) or "",
            handler=handler,
            timeout=values.number(properties.get("Timeout"), DEFAULT_TIMEOUT_S),
            memory=values.number(properties.get("MemorySize"), DEFAULT_MEMORY_MB),
            log_group=_log_group(properties, values, name),
            reserved_concurrency=_concurrency(properties, values),
            events=events,
            layers=values.texts(properties.get("Layers")),
            variables=_variables(properties, values),
            statements=execution_roles.statements(properties, resources, values, is_sam),
            is_sam=is_sam,
            role=role,
            made_by=made_by.get(logical_id, ""),
            role_made_by=made_by.get(role, ""),
            source=code if is_sam and code is not None and code.is_dir() else None,
            archive=code,
        )


def resources_of(template: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The resources that are written as such."""
    resources = template.get("Resources")
    return {
        str(logical_id): resource
        for logical_id, resource in (resources.items() if isinstance(resources, Mapping) else ())
        if isinstance(resource, Mapping)
    }


def _is_a_tools_own(logical_id: str, resource: Mapping[str, Any], handler: str) -> bool:
    parts = _construct_path(resource).split("/") or [""]
    return bool(
        any(_TOOLS_OWN.fullmatch(part) for part in (logical_id, *parts))
        or _PROVIDER_FRAMEWORK.fullmatch(handler)
    )


def _construct_path(resource: Mapping[str, Any]) -> str:
    metadata = resource.get("Metadata")
    path = metadata.get(_CONSTRUCT_PATH) if isinstance(metadata, Mapping) else None
    return path if isinstance(path, str) else ""


def _label(logical_id: str, resource: Mapping[str, Any], name: str | None) -> str:
    """What its owner calls it: the construct, the key in serverless.yml, or the logical id."""
    if path := _construct_path(resource):
        _, _, inside = path.removesuffix("/Resource").partition("/")
        return inside or logical_id
    spelled = logical_id.removesuffix(_OF_OSLS)
    if name is None or spelled == logical_id:
        return logical_id
    # osls names a function <service>-<stage>-<key>: the key is what the logical id is made of.
    ends = (name[index:] for index in range(len(name)))
    return next((end for end in ends if names.logical_id(end) == spelled), spelled)


def _formed(text: str | None, pattern: str) -> str | None:
    return text if text is not None and re.fullmatch(pattern, text) else None


def _log_group(properties: Mapping[str, Any], values: KnownValues, name: str | None) -> str | None:
    logging = values.mapping(properties.get("LoggingConfig"))
    if "LogGroup" in logging:
        return _formed(values.text(logging["LogGroup"]), LOG_GROUP)
    return None if name is None else names.log_group(name)


def _concurrency(properties: Mapping[str, Any], values: KnownValues) -> int | None:
    found = values.number(properties.get("ReservedConcurrentExecutions"), -1)
    return None if found < 0 else found


def _variables(properties: Mapping[str, Any], values: KnownValues) -> dict[str, str | None]:
    environment = values.mapping(properties.get("Environment"))
    variables = values.mapping(environment.get("Variables"))
    return ours(variables, values.text)


def _code(
    properties: Mapping[str, Any],
    resource: Mapping[str, Any],
    values: KnownValues,
    folder: Path | None,
) -> Path | None:
    """Where its code is on this machine, if the template says so and it is there."""
    if folder is None:
        return None
    metadata = resource.get("Metadata")
    path = metadata.get(ASSET_PATH) if isinstance(metadata, Mapping) else None
    if not isinstance(path, str):
        path = values.text(properties.get("CodeUri"))
    if not path or "://" in path or "\0" in path:
        return None
    try:
        found = folder / path
        return found if found.exists() else None
    except OSError:  # longer than a name may be
        return None
