"""The kinds of widget a dashboard here is made of, with the settings that all of a kind share.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
"""

from collections.abc import Sequence
from typing import Any

from tocsin.config import Stage
from tocsin.dashboards.graphed_metrics import Expression, GraphedMetric, written
from tocsin.dashboards.layout import Widget

LAMBDA = "AWS/Lambda"

# From CloudWatch's own palette, one meaning each on every graph.
BLUE, RED, ORANGE, PURPLE, GREY = "#1f77b4", "#d62728", "#ff7f0e", "#9467bd", "#7f7f7f"
GREEN = "#2ca02c"

Annotation = dict[str, Any]


def graph(
    stage: Stage,
    title: str,
    metrics: Sequence[GraphedMetric | Expression],
    *,
    period: int = 60,
    left: str | None = None,
    right: str | None = None,
    annotations: Sequence[Annotation] = (),
) -> Widget:
    """Lines over time. ``period`` in seconds; ``left`` and ``right`` name the axes' units.

    Without ``left`` that axis has no one unit, and so no label: one that is empty is none.
    """
    axes = {"left": _axis(left)} | ({"right": _axis(right)} if right is not None else {})
    properties = {
        "title": title,
        "view": "timeSeries",
        "region": stage.region,
        "period": period,
        "yAxis": axes,
        "metrics": written(metrics),
    }
    if annotations:
        properties["annotations"] = {"horizontal": list(annotations)}
    return Widget("metric", properties)


def numbers(stage: Stage, title: str, metrics: Sequence[GraphedMetric | Expression]) -> Widget:
    """One number for each visible metric, over the last 24 hours whatever range is chosen."""
    return Widget(
        "metric",
        {
            "title": title,
            "view": "singleValue",
            "region": stage.region,
            "stat": "Sum",
            # With a period of a day the number would be that of the last whole day; so it is
            # one period as long as the range, which this widget keeps to itself.
            "start": "-PT24H",
            "end": "P0D",
            "setPeriodToTimeRange": True,
            "period": 86_400,
            "metrics": written(metrics),
        },
    )


def alarm_states(
    stage: Stage, title: str, alarm_names: Sequence[str], states: Sequence[str] = ()
) -> Widget:
    """The state of up to 100 alarms, those in ALARM first; with ``states``, only those in one."""
    return Widget(
        "alarm",
        {
            "title": title,
            "sortBy": "stateUpdatedTimestamp",
            **({"states": list(states)} if states else {}),
            # Neither Ref nor name is taken here; Fn::Sub around the body fills the account in.
            "alarms": [
                f"arn:${{AWS::Partition}}:cloudwatch:{stage.region}:${{AWS::AccountId}}:alarm:{name}"
                for name in alarm_names
            ],
        },
    )


def log_table(stage: Stage, title: str, log_groups: Sequence[str], query: str) -> Widget:
    """Rows of a Logs Insights ``query`` over up to 50 log groups."""
    sources = [f"SOURCE '{group}'" for group in log_groups]
    return Widget(
        "log",
        {
            "title": title,
            "view": "table",
            "region": stage.region,
            "query": " | ".join([*sources, query]),
        },
    )


def text(markdown: str) -> Widget:
    return Widget("text", {"markdown": markdown})


def of_function(function_name: str, metric: str, **options: Any) -> GraphedMetric:
    """A metric of AWS/Lambda; ``options`` as CloudWatch names them."""
    return GraphedMetric(LAMBDA, metric, {"FunctionName": function_name}, options)


def line(value: float, label: str, *, axis: str = "left", color: str = RED) -> Annotation:
    """A horizontal line across a graph."""
    return {"value": value, "label": label, "color": color, "yAxis": axis}


def _axis(unit: str | None) -> dict[str, Any]:
    label = {} if unit is None else {"label": unit}
    return {"min": 0, **label, "showUnits": False}
