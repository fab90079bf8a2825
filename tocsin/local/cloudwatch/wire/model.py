"""CloudWatch's operations and shapes, read from botocore's own service model.

Every protocol is decoded and encoded by walking these shapes, so that a field AWS adds
needs no code here.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import botocore.session
from botocore.model import OperationModel, ServiceModel
from botocore.validate import ParamValidator

from tocsin.local import model_bounds
from tocsin.local.cloudwatch.errors import InvalidAction, MissingParameter, ValidationError


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
    if refused := model_bounds.refusal(shape, params):
        raise ValidationError(refused)
    report = ParamValidator().validate(params, shape)
    if report.has_errors():
        raise ValidationError(report.generate_report())
