"""The functions' latest failures, as their logs tell them."""

from collections.abc import Sequence

from tocsin.config import Stage, Watched
from tocsin.dashboards import widgets
from tocsin.dashboards.layout import Row, chunks
from tocsin.dashboards.limits import LOG_GROUPS_PER_QUERY

# Python's own words, Lambda's verdicts in text and in JSON, Powertools' levels, our fallback.
_FAILURES = (
    r"\[ERROR\]",
    r'"level":\s*"(ERROR|CRITICAL)"',
    r"Task timed out",
    r"Runtime exited",
    r"Process exited before completing request",
    r"Status: (timeout|error|failure)",
    r'"status":\s*"(timeout|error|failure)"',
    r"Couldn't find valid bootstrap",
    r'"error_log_fallback"',
)
QUERY = (
    "fields @timestamp, @message"
    r" | parse @log /\/aws\/lambda\/(?<functionName>.+)/"
    f" | filter @message like /{'|'.join(_FAILURES)}/"
    " | sort @timestamp desc"
    " | limit 50"
    " | display @timestamp, functionName, @message"
)
_HEIGHT = 7


def recent_errors(stage: Stage, functions: Sequence[Watched]) -> list[Row]:
    """A table for each 50 log groups, which is as many as one query takes."""
    # Functions of other stacks may share one.
    groups = list(dict.fromkeys(function.log_group for function in functions))
    queries = chunks(groups, LOG_GROUPS_PER_QUERY)
    title = "Recent errors in the logs"
    return [
        Row(
            (
                widgets.log_table(
                    stage,
                    title if len(queries) == 1 else f"{title} ({number + 1} of {len(queries)})",
                    chunk,
                    QUERY,
                ),
            ),
            _HEIGHT,
        )
        for number, chunk in enumerate(queries)
    ]
