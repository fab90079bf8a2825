"""AWS Query: form-encoded requests, XML responses (older SDKs, curl, some consoles).

https://smithy.io/2.0/aws/protocols/aws-query-protocol.html
Lists are ``Name.member.1``, structures ``Name.Member``; timestamps ISO 8601.
"""

from __future__ import annotations

import datetime as dt
from typing import Any
from urllib.parse import parse_qsl
from xml.etree.ElementTree import Element, SubElement, tostring

from botocore.model import Shape
from botocore.utils import parse_timestamp

from tocsin.local.cloudwatch.errors import ServiceError, ValidationError

CONTENT_TYPE = "text/xml"
NAMESPACE = "http://monitoring.amazonaws.com/doc/2010-08-01/"


def fields(body: bytes, query: dict[str, list[str]]) -> dict[str, str]:
    """The request's form fields; the body's win over the query string's."""
    try:
        form = dict(parse_qsl(body.decode(), keep_blank_values=True))
    except UnicodeDecodeError as error:
        raise ValidationError("The request body is not UTF-8.") from error
    return {name: values[0] for name, values in query.items() if values} | form


def decode(form: dict[str, str], shape: Shape | None) -> dict[str, Any]:
    """Form fields as botocore-style parameters."""
    if shape is None:
        return {}
    return _structure(form, "", shape) or {}


def encode(output: dict[str, Any], operation: str, shape: Shape | None, request_id: str) -> bytes:
    """``<OperationResponse><OperationResult>…`` around the output."""
    root = Element(f"{operation}Response", xmlns=NAMESPACE)
    if shape is not None:
        _append(SubElement(root, f"{operation}Result"), output, shape)
    SubElement(SubElement(root, "ResponseMetadata"), "RequestId").text = request_id
    return tostring(root)


def encode_error(error: ServiceError, request_id: str) -> bytes:
    """``<ErrorResponse>`` as the Query protocol has it."""
    root = Element("ErrorResponse", xmlns=NAMESPACE)
    detail = SubElement(root, "Error")
    SubElement(detail, "Type").text = "Sender" if error.status < 500 else "Receiver"
    SubElement(detail, "Code").text = error.code
    if error.message:
        SubElement(detail, "Message").text = error.message
    SubElement(root, "RequestId").text = request_id
    return tostring(root)


def _value(form: dict[str, str], key: str, shape: Shape) -> Any:
    kind = shape.type_name
    if kind == "structure":
        return _structure(form, f"{key}.", shape)
    if kind == "list":
        return _list(form, key, shape)
    text = form.get(key)
    return None if text is None else _scalar(text, key, kind)


def _structure(form: dict[str, str], prefix: str, shape: Shape) -> dict[str, Any] | None:
    found: dict[str, Any] = {}
    for name, member in shape.members.items():  # type: ignore[attr-defined]
        value = _value(form, f"{prefix}{name}", member)
        if value is not None:
            found[name] = value
    return found or None


def _list(form: dict[str, str], key: str, shape: Shape) -> list[Any] | None:
    items: list[Any] = []
    while True:
        value = _value(form, f"{key}.member.{len(items) + 1}", shape.member)  # type: ignore[attr-defined]
        if value is None:
            # "Tags=" is how a client says: an empty list.
            return items or ([] if form.get(key) == "" else None)
        items.append(value)


def _scalar(text: str, key: str, kind: str) -> Any:
    try:
        if kind in ("integer", "long"):
            return int(text)
        if kind in ("double", "float"):
            return float(text)
        if kind == "timestamp":
            return parse_timestamp(text)
    except (ValueError, OverflowError) as error:
        raise ValidationError(f"{key}: {text!r} is not a valid {kind}.") from error
    if kind == "boolean":
        if text.lower() not in ("true", "false"):
            raise ValidationError(f"{key}: {text!r} is not a valid boolean.")
        return text.lower() == "true"
    return text


def _append(parent: Element, value: Any, shape: Shape) -> None:
    kind = shape.type_name
    if kind == "structure":
        for name, member in shape.members.items():  # type: ignore[attr-defined]
            if value.get(name) is not None:
                _append(SubElement(parent, name), value[name], member)
    elif kind == "list":
        for item in value:
            _append(SubElement(parent, "member"), item, shape.member)  # type: ignore[attr-defined]
    elif kind == "timestamp":
        parent.text = _iso(value)
    elif kind == "boolean":
        parent.text = "true" if value else "false"
    else:
        parent.text = repr(value) if isinstance(value, float) else str(value)


def _iso(value: dt.datetime | float) -> str:
    moment = value if isinstance(value, dt.datetime) else dt.datetime.fromtimestamp(value, dt.UTC)
    moment = moment.astimezone(dt.UTC)
    fraction = f".{moment.microsecond // 1000:03d}" if moment.microsecond >= 1000 else ""
    return f"{moment:%Y-%m-%dT%H:%M:%S}{fraction}Z"
