"""Does nothing: what counts of this project is how its functions are called, and how long."""

from typing import Any

import errorlog


@errorlog.record_errors
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return {"event": event}
