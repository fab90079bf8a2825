"""What all shapes are made of: closed objects, times, counts, amounts and shares."""

from typing import Annotated

from pydantic import ConfigDict, Field

# pydantic does not take typing's own before Python 3.12.
from typing_extensions import TypedDict

Time = Annotated[
    str, Field(description="ISO 8601 with its offset", json_schema_extra={"format": "date-time"})
]
Count = Annotated[int, Field(ge=0)]
Amount = Annotated[float, Field(ge=0)]
Share = Annotated[float, Field(ge=0, le=1)]


class Shape(TypedDict):
    """Closed for the tests; readers pass over keys that they do not know."""

    __pydantic_config__ = ConfigDict(extra="forbid", strict=True)  # type: ignore[misc]
