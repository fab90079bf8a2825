"""PutAnomalyDetector, DescribeAnomalyDetectors, DeleteAnomalyDetector.

A detector is kept as it was put and stays PENDING_TRAINING, since nothing is trained here. The
answers follow https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_AnomalyDetector.html
and a recording of 2025.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tocsin.local.cloudwatch.errors import (
    InvalidParameterCombination,
    MissingParameter,
    ResourceNotFoundException,
)
from tocsin.local.cloudwatch.pagination import page

Params = Mapping[str, Any]

PAGE = 10
_SINGLE, _MATH = "SingleMetricAnomalyDetector", "MetricMathAnomalyDetector"
_FLAT = ("Namespace", "MetricName", "Dimensions", "Stat")
_TYPES = {"SINGLE_METRIC": _SINGLE, "METRIC_MATH": _MATH}


class Detectors:
    """The anomaly detectors of one account and region."""

    def __init__(self, account: str) -> None:
        self._account = account
        self._held: dict[str, dict[str, Any]] = {}

    def put(self, params: Params) -> None:
        """Create or replace the detector of a metric or of a metric math expression."""
        watched = self._watched(params)
        configuration = {"ExcludedTimeRanges": [], **params.get("Configuration", {})}
        characteristics = params.get("MetricCharacteristics")
        self._held[_key(watched)] = {
            **watched,
            # What is watched stands beside itself too, as before there was metric math.
            **{name: watched[_SINGLE][name] for name in _FLAT if _SINGLE in watched},
            "Configuration": configuration,
            **({"MetricCharacteristics": characteristics} if characteristics else {}),
            "StateValue": "PENDING_TRAINING",
        }

    def describe(self, params: Params) -> dict[str, Any]:
        """Those of a metric, of a namespace, of the types asked for (single metrics), or all."""
        kinds = [_TYPES[name] for name in params.get("AnomalyDetectorTypes") or ["SINGLE_METRIC"]]
        found = [
            detector
            for detector in self._held.values()
            if any(kind in detector for kind in kinds)
            and all(
                detector.get(name) == params[name]
                for name in ("Namespace", "MetricName", "Dimensions")
                if name in params
            )
        ]
        size = params.get("MaxResults", PAGE)
        shown, token = page(found, params.get("NextToken"), size)
        return {"AnomalyDetectors": shown, "NextToken": token}

    def delete(self, params: Params) -> None:
        """Remove one.

        Raises:
            ResourceNotFoundException: there is no such detector.
        """
        if self._held.pop(_key(self._watched(params)), None) is None:
            raise ResourceNotFoundException("The anomaly detector does not exist")

    def _watched(self, params: Params) -> dict[str, Any]:
        """What a detector watches, under the name of its type."""
        flat = {name: params[name] for name in _FLAT if name in params}
        given = [name for name in (_SINGLE, _MATH) if name in params] + (["flat"] if flat else [])
        if len(given) > 1:
            raise InvalidParameterCombination(
                f"{_SINGLE}, {_MATH} and {', '.join(_FLAT)} cannot be given together."
            )
        if _MATH in params:
            return {_MATH: params[_MATH]}
        single = {"Dimensions": [], **flat, **params.get(_SINGLE, {})}
        for name in ("Namespace", "MetricName", "Stat"):
            if name not in single:
                raise MissingParameter(f"The parameter {name} is required.")
        return {_SINGLE: {"AccountId": self._account, **single}}


def _key(watched: Mapping[str, Any]) -> str:
    return json.dumps(watched, sort_keys=True, default=str)
