"""Dashboards as compiled: CloudWatch takes them, shows all of them, and no function is missing."""

import json
from collections.abc import Iterator
from typing import Any

from tocsin.cloudformation.template import Properties, Template
from tocsin.dashboards import body_validation, graphed_metrics
from tocsin.findings import Finding, Severity


def dashboards(template: Template) -> Iterator[Finding]:
    """A finding for each part of a body that CloudWatch would refuse, move or leave empty."""
    for logical_id, properties in template.of_type("AWS::CloudWatch::Dashboard").items():
        body = _body(properties)
        if body is None:
            yield Finding(
                Severity.ERROR, "dashboard", logical_id, "DashboardBody is not JSON as text"
            )
            continue
        for problem in body_validation.problems(body):
            yield Finding(Severity.ERROR, "dashboard", logical_id, problem)


def functions_shown(template: Template) -> set[str]:
    """Names of the functions that have a graph of their own.

    To be one of those that a total sums up is not to be shown.
    """
    return {
        metric.dimensions["FunctionName"]
        for properties in template.of_type("AWS::CloudWatch::Dashboard").values()
        for metric in _visible_metrics(_body(properties))
        if metric.namespace == "AWS/Lambda" and "FunctionName" in metric.dimensions
    }


def _visible_metrics(body: Any) -> Iterator[graphed_metrics.GraphedMetric]:
    widgets = body.get("widgets") if isinstance(body, dict) else None
    for widget in widgets if isinstance(widgets, list) else ():
        try:
            found = graphed_metrics.read(widget["properties"].get("metrics", []))
        except (AttributeError, KeyError, TypeError, ValueError):
            continue  # `dashboards` says what is wrong with it
        yield from (metric for metric in found if metric.visible)


def _body(properties: Properties) -> Any:
    """The body, read; None where it is none. Fn::Sub may stand around the text."""
    text = properties.get("DashboardBody")
    if isinstance(text, dict):
        text = text.get("Fn::Sub")
        if isinstance(text, list):
            text = text[0] if text else None
    if not isinstance(text, str):
        return None
    try:
        return json.loads(text)
    except ValueError:
        return None
