"""The report of a night."""

from typing import Any

import dates
import errorlog


@errorlog.record_errors
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return {"night": dates.night_of(event["time"])}
