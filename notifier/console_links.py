"""Links into AWS's console. Nobody documents their form: tests hold them to strings seen there.

What stands in the part behind ``#`` is quoted twice, the percent signs as dollars.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from notifier.explanation import ConsoleLink

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
        return self._link("Dashboard", f"dashboards/dashboard/{quote(name, safe='')}")

    def alarm(self, name: str) -> ConsoleLink | None:
        return self._link("Alarm", f"alarmsV2:alarm/{quote(name, safe='')}")

    def _link(self, label: str, place: str) -> ConsoleLink | None:
        """None where it is not known under which name a partition's console is."""
        domain = _DOMAINS.get(self.partition)
        if domain is None:
            return None
        base = f"https://{self.region}.{domain}/cloudwatch/home?region={self.region}"
        return ConsoleLink(label, f"{base}#{place}")


def _twice(text: str) -> str:
    return _once(quote(text, safe=""))


def _once(text: str) -> str:
    return quote(text, safe="").replace("%", "$")


def _milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1_000)
