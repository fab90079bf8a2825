"""What boto3 and botocore say of services: operations, paginators, waiters, resources.

Read from the models that the packages ship, without a session: nothing looks for credentials.
"""

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import boto3
from botocore import xform_name
from botocore.exceptions import DataNotFoundError, UnknownServiceError
from botocore.loaders import Loader

Model = Mapping[str, Any]
SERVICE_RESOURCE = ""
"""The part of a resource that ``boto3.resource`` itself gives."""


@functools.cache
def _loader() -> Loader:
    return Loader(extra_search_paths=[str(Path(boto3.__file__).parent / "data")])


@functools.cache
def _model(service: str, kind: str) -> Model:
    try:
        found: Model = _loader().load_service_model(service, kind)
    except (DataNotFoundError, UnknownServiceError, ValueError):
        return {}
    return found


def operation_of(service: str, method: str) -> str:
    """``PutObject`` of ``put_object``; empty where the client has no such method."""
    return _operations(service).get(method, "")


@functools.cache
def _operations(service: str) -> Mapping[str, str]:
    return {xform_name(name): name for name in _model(service, "service-2").get("operations", {})}


def is_signed(service: str, operation: str) -> bool:
    """Whether a request is made with the function's credentials at all."""
    model: Model = _model(service, "service-2").get("operations", {}).get(operation, {})
    return bool(model.get("authtype") != "none" and model.get("auth") != ["smithy.api#noAuth"])


def signing_name(service: str) -> str:
    metadata = _model(service, "service-2").get("metadata", {})
    return str(metadata.get("signingName") or metadata.get("endpointPrefix", ""))


def waiters_operation(service: str, waiter: str) -> str:
    """The operation that a waiter asks with; empty where there is no such waiter."""
    for name, model in _model(service, "waiters-2").get("waiters", {}).items():
        if xform_name(name) == waiter:
            return str(model.get("operation", ""))
    return ""


def resource_part(service: str, part: str) -> Model:
    """What the resource, or a part of it, has: ``actions``, ``has``, ``hasMany``."""
    model = _model(service, "resources-1")
    if part == SERVICE_RESOURCE:
        return dict(model.get("service", {}))
    return dict(model.get("resources", {}).get(part, {}))


def members(model: Model, section: str) -> dict[str, Model]:
    """``put_item`` -> its model, of a section of a resource; sub-resources keep their name."""
    found = model.get(section, {})
    return {**found, **{xform_name(name): member for name, member in found.items()}}
