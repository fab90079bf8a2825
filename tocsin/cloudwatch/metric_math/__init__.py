"""Metric math: text to tokens, to a tree, to checked types, to series.

Follows https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

from tocsin.cloudwatch.metric_math.checker import TypedExpression, check
from tocsin.cloudwatch.metric_math.evaluator import Places, Window, evaluate_expression
from tocsin.cloudwatch.metric_math.operators import Track
from tocsin.cloudwatch.metric_math.parser import parse
from tocsin.cloudwatch.metric_math.signatures import DatapointScope
from tocsin.cloudwatch.metric_math.syntax import ValueKind

__all__ = [
    "DatapointScope",
    "Places",
    "Track",
    "TypedExpression",
    "ValueKind",
    "Window",
    "check",
    "evaluate_expression",
    "parse",
]
