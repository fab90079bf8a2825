"""The stage's dashboard: totals of a day on top, then one row of graphs per function.

Body format: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
"""

from typing import Any

from tocsin.config import Function, Stage

GRID_COLUMNS = 24
TOTALS_HEIGHT = 4
GRAPH_HEIGHT = 6
ONE_DAY = 86_400

Widget = dict[str, Any]


def body(stage: Stage) -> dict[str, Any]:
    """The dashboard body; every widget lies on the 24-column grid without gap or overlap."""
    widgets = _totals(stage, y=0)
    for row, function in enumerate(stage.functions):
        widgets += _function_row(stage, function, y=TOTALS_HEIGHT + row * GRAPH_HEIGHT)
    return {"start": "-P1D", "periodOverride": "inherit", "widgets": widgets}


def _totals(stage: Stage, y: int) -> list[Widget]:
    width = GRID_COLUMNS // 4
    totals = (
        ("Invocations, 24 h", [*_sum_over(stage, "Invocations", "Invocations")]),
        ("Errors, 24 h", [*_sum_over(stage, "Errors", "Errors")]),
        ("Duration, 24 h total (ms)", [*_sum_over(stage, "Duration", "Duration")]),
    )
    widgets = [
        _widget(
            stage,
            title,
            (index * width, y, width, TOTALS_HEIGHT),
            view="singleValue",
            period=ONE_DAY,
            setPeriodToTimeRange=True,
            metrics=metrics,
        )
        for index, (title, metrics) in enumerate(totals)
    ]
    alarm_arns = [
        # CloudWatch resolves neither Ref nor name here: the ARN is all it takes.
        f"arn:${{AWS::Partition}}:cloudwatch:{stage.region}:${{AWS::AccountId}}:alarm:{name}"
        for function in stage.functions
        for name in function.alarm_names(stage.suffix).values()
    ]
    widgets.append(
        {
            "type": "alarm",
            "x": 3 * width,
            "y": y,
            "width": width,
            "height": TOTALS_HEIGHT,
            "properties": {"title": "Alarms", "alarms": alarm_arns},
        }
    )
    return widgets


def _sum_over(stage: Stage, metric: str, label: str) -> list[list[Any]]:
    hidden = [
        [
            "AWS/Lambda",
            metric,
            "FunctionName",
            function.name,
            {"id": f"m{index}", "stat": "Sum", "visible": False},
        ]
        for index, function in enumerate(stage.functions)
    ]
    return [[{"expression": "SUM(METRICS())", "label": label, "id": "total"}], *hidden]


def _function_row(stage: Stage, function: Function, y: int) -> list[Widget]:
    width = GRID_COLUMNS // 3
    name = function.name

    def lambda_metric(metric: str, **options: Any) -> list[Any]:
        return ["AWS/Lambda", metric, "FunctionName", name, options]

    return [
        _widget(
            stage,
            f"{function.key}: invocations and errors",
            (0, y, width, GRAPH_HEIGHT),
            stat="Sum",
            metrics=[
                lambda_metric("Invocations", color="#1f77b4"),
                lambda_metric("Errors", color="#d62728"),
                lambda_metric("Throttles", color="#ff7f0e"),
            ],
        ),
        _widget(
            stage,
            f"{function.key}: error rate (%)",
            (width, y, width, GRAPH_HEIGHT),
            stat="Sum",
            metrics=[
                [{"expression": function.error_rate.expression, "label": "Error rate"}],
                lambda_metric("Errors", id="errors", visible=False),
                lambda_metric("Invocations", id="invocations", visible=False),
            ],
            threshold=function.error_rate.threshold if function.error_rate.enabled else None,
        ),
        _widget(
            stage,
            f"{function.key}: duration (ms)",
            (2 * width, y, width, GRAPH_HEIGHT),
            metrics=[
                lambda_metric("Duration", stat="Average", label="average"),
                lambda_metric("Duration", stat="p99", label="p99"),
            ],
            threshold=function.latency.threshold if function.latency.enabled else None,
        ),
    ]


def _widget(
    stage: Stage,
    title: str,
    place: tuple[int, int, int, int],
    *,
    view: str = "timeSeries",
    period: int = 60,
    threshold: float | None = None,
    **properties: Any,
) -> Widget:
    x, y, width, height = place
    annotations = (
        {"annotations": {"horizontal": [{"label": "alarm", "value": threshold}]}}
        if threshold is not None
        else {}
    )
    return {
        "type": "metric",
        "x": x,
        "y": y,
        "width": width,
        "height": height,
        "properties": {
            "title": title,
            "view": view,
            "region": stage.region,
            "period": period,
            **({"yAxis": {"left": {"min": 0}}} if view == "timeSeries" else {}),
            **annotations,
            **properties,
        },
    }
