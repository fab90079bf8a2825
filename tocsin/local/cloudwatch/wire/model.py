"""CloudWatch's operations and shapes, read from botocore's own service model.

Every protocol is decoded and encoded by walking these shapes, so that a field AWS adds
needs no code here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import botocore.session
from botocore.model import (
    ListShape,
    OperationModel,
    ServiceModel,
    Shape,
    StringShape,
    StructureShape,
)
from botocore.validate import ParamValidator

from tocsin.local.cloudwatch.errors import InvalidAction, MissingParameter, ValidationError

_ORDERS = {"StateValue": ("INSUFFICIENT_DATA", "ALARM", "OK")}
"""The order in which AWS was seen to list an enumeration, by shape, where it is not the model's."""


@cache
def service_model() -> ServiceModel:
    """botocore's model of CloudWatch (read once; takes some 50 ms)."""
    return botocore.session.Session().get_service_model("cloudwatch")


def operation_model(name: str) -> OperationModel:
    """The model of one operation.

    Raises:
        InvalidAction: CloudWatch has no operation of that name.
    """
    model = service_model()
    if name not in model.operation_names:
        raise InvalidAction(f"The action {name} is not valid for this endpoint.")
    return model.operation_model(name)


def validate(operation: OperationModel, params: dict[str, Any]) -> None:
    """Check types, required members and documented ranges of an operation's input.

    Raises:
        MissingParameter: a required member is absent.
        ValidationError: anything else; the message lists every finding.
    """
    shape = operation.input_shape
    if shape is None:
        return
    for member in shape.required_members:
        if params.get(member) is None:
            raise MissingParameter(f"The parameter {member} is required.")
    outside = list(_outside_enums(params, shape, ""))
    if outside:
        noun = "validation error" if len(outside) == 1 else "validation errors"
        raise ValidationError(f"{len(outside)} {noun} detected: {'; '.join(outside)}")
    report = ParamValidator().validate(params, shape)
    if report.has_errors():
        raise ValidationError(report.generate_report())


def _outside_enums(value: Any, shape: Shape, path: str) -> Iterator[str]:
    """A sentence for each string that is none of its enumeration, in AWS's words."""
    if isinstance(shape, StructureShape) and isinstance(value, Mapping):
        for name, item in value.items():
            if name in shape.members:
                inside = f"{path}.{_camel(name)}" if path else _camel(name)
                yield from _outside_enums(item, shape.members[name], inside)
    elif isinstance(shape, ListShape) and isinstance(value, list):
        for number, item in enumerate(value, start=1):
            yield from _outside_enums(item, shape.member, f"{path}.{number}.member")
    elif isinstance(shape, StringShape) and shape.enum and value not in shape.enum:
        accepted = ", ".join(_ORDERS.get(shape.name, shape.enum))
        yield (
            f"Value '{value}' at '{path}' failed to satisfy constraint: "
            f"Member must satisfy enum value set: [{accepted}]"
        )


def _camel(name: str) -> str:
    return name[:1].lower() + name[1:]
