"""The checkout, called over HTTP and by the queue of baskets."""

from typing import Any

import jmespath

import errorlog


@errorlog.record_errors
def entry(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """The sum of a basket; one with a negative quantity is refused."""
    quantities = jmespath.search("lines[].quantity", event) or []
    if any(quantity < 0 for quantity in quantities):
        raise ValueError("negative quantity")
    return {"pieces": sum(quantities)}
