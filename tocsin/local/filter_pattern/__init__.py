"""CloudWatch Logs' filter patterns: for text, for JSON, for fields between spaces.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
"""

from __future__ import annotations

from functools import lru_cache

from tocsin.local.filter_pattern.errors import InvalidPattern
from tocsin.local.filter_pattern.json_events import JsonPattern
from tocsin.local.filter_pattern.space_fields import SpacePattern
from tocsin.local.filter_pattern.text import TextPattern

MAX_LENGTH = 1_024
"""Characters that PutSubscriptionFilter and PutMetricFilter take."""

__all__ = ["MAX_LENGTH", "InvalidPattern", "compiled", "matches"]


def matches(pattern: str, message: str) -> bool:
    """Whether a log event with ``message`` passes ``pattern``; an empty one passes everything.

    Raises:
        InvalidPattern: CloudWatch Logs would refuse the pattern.
    """
    return compiled(pattern).passes(message)


@lru_cache(maxsize=256)
def compiled(pattern: str) -> TextPattern | JsonPattern | SpacePattern:
    """The pattern, read once.

    Its ``values`` gives what a metric filter may take from an event that passes: of a selector
    (``$.latency``) or of a field (``$size``).

    Raises:
        InvalidPattern: CloudWatch Logs would refuse the pattern.
    """
    text = pattern.strip()
    if text.startswith("{"):
        return JsonPattern(text)
    return SpacePattern(text) if text.startswith("[") else TextPattern(text)
