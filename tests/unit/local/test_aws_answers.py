"""What AWS answered, in each protocol: tests/vectors/aws_behaviour/answers.json."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore import xform_name
from botocore.exceptions import ClientError

from tests.unit.local.conftest import NOON

VECTORS = Path(__file__).parents[2] / "vectors" / "aws_behaviour" / "answers.json"


def timed(value: Any) -> Any:
    """``$now`` and ``$now-60`` as times of the stage."""
    if isinstance(value, dict):
        return {key: timed(item) for key, item in value.items()}
    if isinstance(value, list):
        return [timed(item) for item in value]
    if isinstance(value, str) and value.startswith("$now"):
        return dt.datetime.fromtimestamp(NOON + float(value[4:] or 0), dt.UTC)
    return value


def part_of(answer: Any, expected: Any) -> Any:
    """``answer`` without what ``expected`` does not speak of."""
    if isinstance(expected, dict) and isinstance(answer, dict):
        return {key: part_of(answer.get(key), item) for key, item in expected.items()}
    if isinstance(expected, list) and isinstance(answer, list) and len(answer) == len(expected):
        return [part_of(got, item) for got, item in zip(answer, expected, strict=True)]
    return answer


@pytest.mark.parametrize("protocol", ["smithy-rpc-v2-cbor", "json", "query"])
@pytest.mark.parametrize(
    "vector",
    [
        pytest.param(vector, id=vector["id"])
        for vector in json.loads(VECTORS.read_text())["vectors"]
    ],
)
def test_an_answer(client_for: Callable[[str], Any], vector: dict[str, Any], protocol: str) -> None:
    client = client_for(protocol)

    def call(given: dict[str, Any]) -> Any:
        return getattr(client, xform_name(given["operation"]))(**timed(given["params"]))

    for before in vector["before"]:
        call(before)
    if "error" in vector:
        with pytest.raises(ClientError) as caught:
            call(vector["call"])
        told = caught.value.response["Error"]
        assert {"Message": "", **told}.items() >= vector["error"].items()
    else:
        answer = call(vector["call"])
        assert part_of(answer, vector["expected"]) == vector["expected"]
