"""CloudWatch's three wire protocols: bytes in, operation and parameters out, and back.

:func:`decode_request` finds the protocol from the request itself, as AWS does, so that
boto3 (CBOR), JSON clients and Query clients all reach the same operations.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from botocore.model import OperationModel

from tocsin.local.cloudwatch.errors import InvalidAction, ServiceError
from tocsin.local.cloudwatch.wire import cbor, json_rpc, query
from tocsin.local.cloudwatch.wire.model import operation_model, validate

__all__ = ["ApiCall", "Protocol", "Response", "decode_request", "encode_error", "encode_response"]

Protocol = Literal["cbor", "json", "query"]
Response = tuple[int, dict[str, str], bytes]

_CBOR_PATH = re.compile(r"/service/[^/]+/operation/(?P<operation>[^/?]+)/?$")


@dataclass(frozen=True)
class ApiCall:
    """One decoded request."""

    protocol: Protocol
    operation: str
    params: dict[str, Any]
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))


def protocol_of(path: str, headers: dict[str, str]) -> Protocol:
    """The protocol a request is written in; ``headers`` have lower-case names."""
    if headers.get("smithy-protocol") == "rpc-v2-cbor" or _CBOR_PATH.search(path):
        return "cbor"
    return "json" if "x-amz-target" in headers else "query"


def decode_request(
    path: str, headers: dict[str, str], body: bytes, query_params: dict[str, list[str]]
) -> ApiCall:
    """Read a request.

    Raises:
        ServiceError: no such operation, or parameters that do not fit its shape.
    """
    protocol = protocol_of(path, headers)
    if protocol == "cbor":
        found = _CBOR_PATH.search(path)
        operation = operation_model(found["operation"] if found else "")
        params = cbor.decode(body, operation.input_shape)
    elif protocol == "json":
        operation = operation_model(headers["x-amz-target"].rpartition(".")[2])
        params = json_rpc.decode(body, operation.input_shape)
    else:
        form = query.fields(body, query_params)
        if "Action" not in form:
            raise InvalidAction("The request names no Action.")
        operation = operation_model(form["Action"])
        params = query.decode(form, operation.input_shape)
    validate(operation, params)
    return ApiCall(protocol, operation.name, params)


def encode_response(call: ApiCall, output: dict[str, Any]) -> Response:
    """Write an operation's output in the protocol it was asked in."""
    operation: OperationModel = operation_model(call.operation)
    shape = operation.output_shape
    if call.protocol == "cbor":
        return (
            200,
            _headers(cbor.CONTENT_TYPE, call.request_id) | cbor.HEADERS,
            cbor.encode(output, shape),
        )
    if call.protocol == "json":
        return 200, _headers(json_rpc.CONTENT_TYPE, call.request_id), json_rpc.encode(output, shape)
    return (
        200,
        _headers(query.CONTENT_TYPE, call.request_id),
        query.encode(output, call.operation, shape, call.request_id),
    )


def encode_error(
    protocol: Protocol, error: ServiceError, headers: Mapping[str, str] | None = None
) -> Response:
    """Write an error in ``protocol``, as AWS answers the request with these ``headers``.

    Only a client that says that it knew the Query protocol gets its code and its status; to any
    other a fault of its own is 400 in JSON and CBOR (recorded, 2025).
    """
    request_id = str(uuid.uuid4())
    if protocol == "query":
        body = query.encode_error(error, request_id)
        return error.status, _headers(query.CONTENT_TYPE, request_id), body
    fault = "Sender" if error.status < 500 else "Receiver"
    status, compatible = (400 if fault == "Sender" else error.status), {}
    if (headers or {}).get("x-amzn-query-mode") == "true":
        # CloudWatch is awsQueryCompatible: SDKs show this header's code, not the shape's name.
        status, compatible = error.status, {"x-amzn-query-error": f"{error.code};{fault}"}
    if protocol == "cbor":
        own = _headers(cbor.CONTENT_TYPE, request_id) | cbor.HEADERS | compatible
        return status, own, cbor.encode_error(error)
    own = _headers(json_rpc.CONTENT_TYPE, request_id) | compatible
    return status, own, json_rpc.encode_error(error)


def _headers(content_type: str, request_id: str) -> dict[str, str]:
    return {"Content-Type": content_type, "x-amzn-RequestId": request_id}
