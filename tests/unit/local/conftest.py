"""boto3 straight into a CloudWatch of ours: no socket, no process, time under control."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import boto3
import botocore.session
import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse, HeadersDict

from tocsin.local.cloudwatch import CloudWatch, CloudWatches
from tocsin.local.cloudwatch.stage_clock import StageClock

ACCOUNT = "123456789012"
REGION = "eu-west-1"
NOON = 1_795_435_200.0
"""Monday 23 November 2026, 12:00:00 UTC."""


class Wall:
    """A wall clock that moves when told to."""

    def __init__(self, at: float = NOON) -> None:
        self.at = at

    def __call__(self) -> float:
        return self.at


class Deliveries:
    """Takes actions down; fails for topics named in ``refusing``."""

    def __init__(self) -> None:
        self.published: list[tuple[str, str, str]] = []
        self.invoked: list[tuple[str, dict[str, Any]]] = []
        self.announced: list[dict[str, Any]] = []
        self.refusing: set[str] = set()

    def publish(self, topic_arn: str, subject: str, message: str, **_: str) -> None:
        from tocsin.local.cloudwatch.actions import ActionFailed

        if topic_arn in self.refusing:
            raise ActionFailed(f"Topic does not exist: {topic_arn}")
        self.published.append((topic_arn, subject, message))

    def invoke(self, function_arn: str, event: dict[str, Any], **_: str) -> None:
        self.invoked.append((function_arn, event))

    def announce(self, event: dict[str, Any], **_: str) -> None:
        self.announced.append(event)


class _Raw:
    """What botocore reads a response's body from."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self, *_: Any, **__: Any) -> Iterator[bytes]:
        yield self._body

    def read(self) -> bytes:
        return self._body


@functools.cache
def session_speaking(protocol: str) -> boto3.session.Session:
    """A session whose model of CloudWatch knows ``protocol`` only (made once: it takes a while)."""
    core = botocore.session.Session()
    loader = core.get_component("data_loader")
    load = loader.load_service_model

    def with_protocol(name: str, kind: str, api_version: str | None = None) -> Any:
        model = load(name, kind, api_version)
        if name == "cloudwatch" and kind == "service-2":
            spoken = {"protocol": protocol, "protocols": [protocol]}
            return {**model, "metadata": model["metadata"] | spoken}
        return model

    loader.load_service_model = with_protocol
    return boto3.session.Session(botocore_session=core)


def client_of(cloud: CloudWatch, protocol: str = "smithy-rpc-v2-cbor") -> Any:
    """A boto3 client that speaks ``protocol`` to ``cloud``."""
    client = session_speaking(protocol).client(
        "cloudwatch",
        region_name=REGION,
        endpoint_url="http://stage.invalid",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )

    def send(request: AWSPreparedRequest, **_: Any) -> Any:
        url = urlsplit(request.url)
        headers = {
            name.lower(): value.decode() if isinstance(value, bytes) else value
            for name, value in request.headers.items()
        }
        body = request.body or b""
        body = body.encode() if isinstance(body, str) else body
        assert isinstance(body, bytes | bytearray)
        status, out, answer = cloud.respond(url.path, headers, bytes(body), parse_qs(url.query))
        headers_out: Any = HeadersDict(out)  # botocore passes those of urllib3
        return AWSResponse(request.url, status, headers_out, _Raw(answer))

    client.meta.events.register("before-send.cloudwatch.*", send)
    return client


@pytest.fixture
def wall() -> Wall:
    return Wall()


@pytest.fixture
def deliveries() -> Deliveries:
    return Deliveries()


@pytest.fixture
def clouds(wall: Wall, deliveries: Deliveries) -> CloudWatches:
    clouds = CloudWatches(StageClock(wall))
    clouds.deliver_with(deliveries)
    return clouds


@pytest.fixture
def cloud(clouds: CloudWatches) -> CloudWatch:
    return clouds.of(ACCOUNT, REGION)


@pytest.fixture
def client(cloud: CloudWatch) -> Any:
    return client_of(cloud)


@pytest.fixture
def client_for(cloud: CloudWatch) -> Callable[[str], Any]:
    """A client for a protocol, by botocore's name of it."""
    return lambda protocol: client_of(cloud, protocol)


@pytest.fixture
def put_alarm(client: Any) -> Callable[..., None]:
    """Puts an alarm on the sum of Shop Errors above 1, one of one; keywords override."""

    def put(name: str, **changes: Any) -> None:
        client.put_metric_alarm(
            **{
                "AlarmName": name,
                "Namespace": "Shop",
                "MetricName": "Errors",
                "Statistic": "Sum",
                "Period": 60,
                "EvaluationPeriods": 1,
                "Threshold": 1,
                "ComparisonOperator": "GreaterThanThreshold",
            }
            | changes
        )

    return put
