"""AWS JSON 1.0: one POST with the operation in ``X-Amz-Target``.

https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html
Timestamps are epoch seconds.
"""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from botocore.model import Shape

from tocsin.local.cloudwatch.errors import ServiceError, ValidationError

CONTENT_TYPE = "application/x-amz-json-1.0"


def decode(body: bytes, shape: Shape | None) -> dict[str, Any]:
    """A request's body as botocore-style parameters (timestamps are datetimes)."""
    if not body or shape is None:
        return {}
    try:
        value = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise ValidationError(f"The request body is not valid JSON: {error}") from error
    if not isinstance(value, dict):
        raise ValidationError("The request body is not a JSON object.")
    decoded: dict[str, Any] = _decoded(value, shape)
    return decoded


def encode(output: dict[str, Any], shape: Shape | None) -> bytes:
    """A response's body."""
    return json.dumps(_present(output) if shape is not None else {}, default=_epoch).encode()


def encode_error(error: ServiceError) -> bytes:
    """An error's body."""
    return json.dumps(error.body()).encode()


def _present(value: Any) -> Any:
    """``value`` without members that are not there."""
    if isinstance(value, dict):
        return {key: _present(item) for key, item in value.items() if item is not None}
    return [_present(item) for item in value] if isinstance(value, list) else value


def _decoded(value: Any, shape: Shape) -> Any:
    kind = shape.type_name
    if kind == "structure" and isinstance(value, dict):
        members = shape.members  # type: ignore[attr-defined]
        return {
            name: _decoded(item, members[name]) if name in members else item
            for name, item in value.items()
            if item is not None
        }
    if kind == "list" and isinstance(value, list):
        return [_decoded(item, shape.member) for item in value]  # type: ignore[attr-defined]
    if kind == "timestamp" and isinstance(value, int | float):
        return dt.datetime.fromtimestamp(value, dt.UTC)
    if kind in ("double", "float") and isinstance(value, int):
        return float(value)
    return value


def _epoch(value: object) -> float:
    if isinstance(value, dt.datetime):
        return value.timestamp()
    raise TypeError(f"not JSON: {type(value).__name__}")
