"""Smithy RPC v2 CBOR: what current botocore and AWS SDK v3 speak to CloudWatch.

https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html
Requests go to ``/service/GraniteServiceVersion20100801/operation/<Operation>``; a
timestamp is CBOR tag 1 over epoch seconds; blobs and floats are CBOR's own.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import cbor2
from botocore.model import Shape

from tocsin.local.cloudwatch.errors import ServiceError, ValidationError

CONTENT_TYPE = "application/cbor"
HEADERS = {"smithy-protocol": "rpc-v2-cbor"}


def decode(body: bytes, shape: Shape | None) -> dict[str, Any]:
    """A request's body as botocore-style parameters (timestamps are datetimes)."""
    if not body or shape is None:
        return {}
    try:
        value = cbor2.loads(body)
    except (cbor2.CBORDecodeError, ValueError, EOFError) as error:
        raise ValidationError(f"The request body is not valid CBOR: {error}") from error
    if not isinstance(value, dict):
        raise ValidationError("The request body is not a CBOR map.")
    return {str(key): item for key, item in value.items() if item is not None}


def encode(output: dict[str, Any], shape: Shape | None) -> bytes:
    """A response's body."""
    plain = _plain(output, shape) if shape is not None else {}
    return cbor2.dumps(plain, indefinite_containers=True)  # as AWS's own serializer writes


def encode_error(error: ServiceError) -> bytes:
    """An error's body; ``__type`` carries the shape, as the specification asks."""
    return cbor2.dumps(error.body())


def _plain(value: Any, shape: Shape) -> Any:
    kind = shape.type_name
    if kind == "structure":
        members = shape.members  # type: ignore[attr-defined]
        return {
            name: _plain(item, members[name])
            for name, item in value.items()
            if item is not None and name in members
        }
    if kind == "list":
        return [_plain(item, shape.member) for item in value]  # type: ignore[attr-defined]
    if kind == "map":
        return {key: _plain(item, shape.value) for key, item in value.items()}  # type: ignore[attr-defined]
    if kind == "timestamp":
        return cbor2.CBORTag(1, _epoch(value))
    if kind in ("double", "float"):
        return float(value)
    return value


def _epoch(value: dt.datetime | float) -> float:
    return value.timestamp() if isinstance(value, dt.datetime) else float(value)
