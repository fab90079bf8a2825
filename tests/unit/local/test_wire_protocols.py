"""The three protocols say the same thing, and so do their errors."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

import cbor2
import pytest
from botocore.exceptions import ClientError
from botocore.serialize import create_serializer
from hypothesis import given
from hypothesis import strategies as st

from tocsin.local.cloudwatch import CloudWatch, wire
from tocsin.local.cloudwatch.errors import ServiceError
from tocsin.local.cloudwatch.wire.model import operation_model

PROTOCOLS = ("smithy-rpc-v2-cbor", "json", "query")

RATE = {
    "AlarmName": "rate",
    "AlarmDescription": "Fehler > 5 % & <mehr>",
    "ComparisonOperator": "GreaterThanThreshold",
    "EvaluationPeriods": 3,
    "DatapointsToAlarm": 2,
    "Threshold": 5.5,
    "ActionsEnabled": False,
    "OKActions": [],
    "AlarmActions": ["arn:aws:sns:eu-west-1:123456789012:alerts"],
    "Metrics": [
        {"Id": "rate", "Expression": "100 * errors / calls", "Label": "rate", "ReturnData": True},
        {
            "Id": "errors",
            "ReturnData": False,
            "MetricStat": {
                "Metric": {
                    "Namespace": "AWS/Lambda",
                    "MetricName": "Errors",
                    "Dimensions": [{"Name": "FunctionName", "Value": "orders"}],
                },
                "Period": 60,
                "Stat": "Sum",
            },
        },
        {
            "Id": "calls",
            "ReturnData": False,
            "MetricStat": {
                "Metric": {"Namespace": "AWS/Lambda", "MetricName": "Invocations"},
                "Period": 60,
                "Stat": "Sum",
            },
        },
    ],
}


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_an_alarm_reads_as_it_was_written(client_for: Callable[[str], Any], protocol: str) -> None:
    client = client_for(protocol)
    client.put_metric_alarm(**RATE)
    (alarm,) = client.describe_alarms(AlarmNames=["rate"])["MetricAlarms"]
    calls = {"Dimensions": [], **RATE["Metrics"][2]["MetricStat"]["Metric"]}
    expected = [
        *RATE["Metrics"][:2],
        RATE["Metrics"][2] | {"MetricStat": RATE["Metrics"][2]["MetricStat"] | {"Metric": calls}},
    ]
    found = [_with_dimensions(query) for query in alarm["Metrics"]]
    assert found == expected
    assert {key: alarm[key] for key in RATE if key not in ("Metrics", "OKActions")} == {
        key: value for key, value in RATE.items() if key not in ("Metrics", "OKActions")
    }
    assert alarm["StateValue"] == "INSUFFICIENT_DATA"
    assert alarm["AlarmConfigurationUpdatedTimestamp"].timestamp() == 1_795_435_200


def _with_dimensions(query: dict[str, Any]) -> dict[str, Any]:
    """Query XML has no empty lists: fill in what an empty one would have been."""
    if "MetricStat" in query:
        query["MetricStat"]["Metric"].setdefault("Dimensions", [])
    return query


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize(
    ("operation", "params", "code"),
    [
        ("delete_dashboards", {"DashboardNames": ["none"]}, "ResourceNotFound"),
        (
            "untag_resource",
            {"ResourceARN": "arn:x", "TagKeys": ["a"]},
            "ResourceNotFoundException",
        ),
        ("put_dashboard", {"DashboardName": "d", "DashboardBody": "{"}, "InvalidParameterInput"),
        (
            "put_metric_data",
            {"Namespace": "AWS/Lambda", "MetricData": []},
            "InvalidParameterValue",
        ),
        ("describe_alarms", {"NextToken": "made up"}, "InvalidNextToken"),
        ("describe_insight_rules", {}, "InvalidAction"),
    ],
)
def test_an_error_has_its_code_in_every_protocol(
    client_for: Callable[[str], Any],
    protocol: str,
    operation: str,
    params: dict[str, Any],
    code: str,
) -> None:
    client = client_for(protocol)
    with pytest.raises(ClientError) as caught:
        getattr(client, operation)(**params)
    assert caught.value.response["Error"]["Code"] == code
    assert caught.value.response["Error"]["Message"]


def test_modelled_errors_are_raised_as_their_exception(client: Any) -> None:
    with pytest.raises(client.exceptions.ResourceNotFound):
        client.set_alarm_state(AlarmName="none", StateValue="OK", StateReason="x")


@pytest.mark.parametrize(
    ("headers", "path", "body", "code"),
    [
        ({"smithy-protocol": "rpc-v2-cbor"}, "/", b"", "InvalidAction"),
        (
            {"smithy-protocol": "rpc-v2-cbor"},
            "/service/GraniteServiceVersion20100801/operation/DescribeAlarms",
            b"\xff\xff",
            "ValidationError",
        ),
        (
            {"smithy-protocol": "rpc-v2-cbor"},
            "/service/GraniteServiceVersion20100801/operation/DescribeAlarms",
            cbor2.dumps([1]),
            "ValidationError",
        ),
        (
            {"x-amz-target": "GraniteServiceVersion20100801.DescribeAlarms"},
            "/",
            b"{",
            "ValidationError",
        ),
        ({"x-amz-target": "GraniteServiceVersion20100801.Nope"}, "/", b"{}", "InvalidAction"),
        ({}, "/", b"", "InvalidAction"),
        ({}, "/", b"Action=DescribeAlarms&MaxRecords=many", "ValidationError"),
        ({}, "/", b"Action=DescribeAlarms&MaxRecords=0", "ValidationError"),
        ({}, "/", b"Action=SetAlarmState&AlarmName=a", "MissingParameter"),
    ],
)
def test_a_request_that_cannot_be_read_is_refused(
    headers: dict[str, str], path: str, body: bytes, code: str
) -> None:
    with pytest.raises(ServiceError) as caught:
        wire.decode_request(path, headers, body, {})
    assert caught.value.code == code


texts = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=1, max_size=20
)
numbers = st.floats(-1e12, 1e12, allow_nan=False)
moments = st.datetimes(dt.datetime(2020, 1, 1), dt.datetime(2030, 1, 1)).map(
    lambda moment: moment.replace(microsecond=0, tzinfo=dt.UTC)
)
data = st.lists(
    st.fixed_dictionaries(
        {"MetricName": texts},
        optional={
            "Dimensions": st.lists(
                st.fixed_dictionaries({"Name": texts, "Value": texts}), min_size=1, max_size=3
            ),
            "Timestamp": moments,
            "Value": numbers,
            "Values": st.lists(numbers, min_size=1, max_size=3),
            "StatisticValues": st.fixed_dictionaries(
                dict.fromkeys(("SampleCount", "Sum", "Minimum", "Maximum"), numbers)
            ),
            "StorageResolution": st.sampled_from([1, 60]),
        },
    ),
    min_size=1,
    max_size=3,
)


@pytest.mark.parametrize("protocol", PROTOCOLS)
@given(namespace=texts.filter(lambda text: not text.startswith(":")), entries=data)
def test_what_botocore_writes_is_read_back(
    protocol: str, namespace: str, entries: list[dict[str, Any]]
) -> None:
    params = {"Namespace": namespace, "MetricData": entries}
    model = operation_model("PutMetricData")
    written = create_serializer(protocol, include_validation=False).serialize_to_request(
        params, model
    )
    call = wire.decode_request(
        written["url_path"],
        {name.lower(): value for name, value in written["headers"].items()},
        _body(written["body"]),
        {},
    )
    assert call.operation == "PutMetricData"
    assert call.params == params


def _body(body: bytes | str | dict[str, Any]) -> bytes:
    """Query's body is a mapping until botocore prepares the request."""
    from urllib.parse import urlencode

    if isinstance(body, dict):
        return urlencode(body, doseq=True).encode()
    return body.encode() if isinstance(body, str) else body


_NO_ALARM = {"AlarmName": "none", "StateValue": "OK", "StateReason": "x"}
_NOT_FOUND = {"__type": "com.amazonaws.cloudwatch.v2010_08_01#ResourceNotFound"}
_SERVICE = "GraniteServiceVersion20100801"


@pytest.mark.parametrize(
    ("sent", "status", "told"),
    [
        ({}, 400, None),
        ({"x-amzn-query-mode": "false"}, 400, None),
        ({"x-amzn-query-mode": "true"}, 404, "ResourceNotFound;Sender"),
    ],
)
def test_only_a_client_in_query_mode_gets_the_status_of_the_query_protocol(
    cloud: CloudWatch, sent: dict[str, str], status: int, told: str | None
) -> None:
    """Recorded from AWS, December 2025."""
    json_headers = {"x-amz-target": f"{_SERVICE}.SetAlarmState", **sent}
    got, headers, body = cloud.respond("/", json_headers, json.dumps(_NO_ALARM).encode(), {})
    assert (got, json.loads(body), headers.get("x-amzn-query-error")) == (status, _NOT_FOUND, told)
    path = f"/service/{_SERVICE}/operation/SetAlarmState"
    cbor_headers = {"smithy-protocol": "rpc-v2-cbor", **sent}
    got, headers, body = cloud.respond(path, cbor_headers, cbor2.dumps(_NO_ALARM), {})
    assert (got, cbor2.loads(body), headers.get("x-amzn-query-error")) == (status, _NOT_FOUND, told)


def test_lists_are_written_as_aws_writes_them(cloud: CloudWatch) -> None:
    """CBOR arrays of no stated length, whole times of the Query protocol without a fraction, and
    in JSON no member without a value (recorded from AWS, December 2025)."""
    _, _, body = cloud.respond(
        f"/service/{_SERVICE}/operation/DescribeAlarms", {"smithy-protocol": "rpc-v2-cbor"}, b"", {}
    )
    assert b"MetricAlarms\x9f\xff" in body
    _, _, body = cloud.respond("/", {"x-amz-target": f"{_SERVICE}.DescribeAlarms"}, b"{}", {})
    assert json.loads(body) == {"MetricAlarms": [], "CompositeAlarms": [], "LogAlarms": []}
    put = b"Action=PutMetricData&Namespace=S&MetricData.member.1.MetricName=m"
    cloud.respond("/", {}, put + b"&MetricData.member.1.Value=1", {})
    asked = b"Action=GetMetricStatistics&Namespace=S&MetricName=m&Period=60&Statistics.member.1=Sum"
    between = b"&StartTime=2026-11-23T11:59:00Z&EndTime=2026-11-23T12:02:00Z"
    _, _, body = cloud.respond("/", {}, asked + between, {})
    assert b"<Timestamp>2026-11-23T12:00:00Z</Timestamp>" in body


def test_a_body_nested_deeper_than_can_be_read_is_the_callers_fault() -> None:
    headers = {"x-amz-target": "GraniteServiceVersion20100801.DescribeAlarms"}
    body = b'{"AlarmNames":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    with pytest.raises(ServiceError) as refused:
        wire.decode_request("/", headers, body, {})
    assert refused.value.status == 400
