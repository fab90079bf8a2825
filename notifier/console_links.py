"""Links into AWS's console. Nobody documents their form: tests hold them to strings on file.

What stands in the part behind ``#`` is quoted twice, the percent signs as dollars.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from notifier.explanation import ConsoleLink

# The longest names, quoted twice, come to less.
_MOST = 2_000
_REGION = re.compile(r"[a-z0-9-]{1,40}")
_DOMAINS = {
    "aws": "console.aws.amazon.com",
    "aws-cn": "console.amazonaws.cn",
    "aws-us-gov": "console.amazonaws-us-gov.com",
}


@dataclass(frozen=True)
class ConsoleOf:
    """The console of a region; ``partition`` as in an ARN."""

    partition: str
    region: str

    def log(
        self, group: str, start: datetime, end: datetime, stream: str = ""
    ) -> ConsoleLink | None:
        """The lines of ``group`` from ``start`` to ``end``, or those of one stream."""
        path = f"log-groups/log-group/{_twice(group)}/log-events"
        if stream:
            path += f"/{_twice(stream)}"
        span = f"?start={_milliseconds(start)}&end={_milliseconds(end)}"
        return self._link("Log", f"logsV2:{path}{_once(span)}")

    def dashboard(self, name: str) -> ConsoleLink | None:
        return self._link(
            "Dashboard", f"dashboards/dashboard/{quote(name, safe='', errors='replace')}"
        )

    def alarm(self, name: str) -> ConsoleLink | None:
        return self._link("Alarm", f"alarmsV2:alarm/{quote(name, safe='', errors='replace')}")

    def _link(self, label: str, place: str) -> ConsoleLink | None:
        """None where a partition's console is not known, or no name is as long."""
        domain = _DOMAINS.get(self.partition)
        if domain is None:
            return None
        url = f"https://{self.region}.{domain}/cloudwatch/home?region={self.region}#{place}"
        return (
            ConsoleLink(label, url)
            if len(url) <= _MOST and _REGION.fullmatch(self.region)
            else None
        )


def console_of(arn: str) -> ConsoleOf:
    """The console of the place that ``arn`` names."""
    _, partition, _, region, *_ = [*arn.split(":"), "", "", "", ""]
    return ConsoleOf(partition, region)


def _twice(text: str) -> str:
    return _once(quote(text, safe="", errors="replace"))


def _once(text: str) -> str:
    return quote(text, safe="", errors="replace").replace("%", "$")


def _milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1_000)
