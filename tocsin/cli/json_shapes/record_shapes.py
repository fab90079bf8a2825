"""Shapes of records and their groups, brought in and taken out."""

from typing import Literal, NotRequired

from pydantic import ConfigDict, JsonValue
from typing_extensions import TypedDict

from tocsin.cli.json_shapes.form import Amount, Count, Shape, Time


class RecordShape(TypedDict):
    """A record as the error log writes it; a field without a value is absent.

    The table takes any item: one that others put may have more fields, and other types in all but
    the first three.
    """

    __pydantic_config__ = ConfigDict(extra="allow", strict=True)  # type: ignore[misc]

    errorId: str
    timestamp: Time
    functionName: str
    functionVersion: NotRequired[str]
    requestId: NotRequired[str]
    traceId: NotRequired[str]
    logGroup: NotRequired[str]
    logStream: NotRequired[str]
    errorType: NotRequired[str]
    errorMessage: NotRequired[str]
    stackTrace: NotRequired[str]
    topFrame: NotRequired[str]
    fingerprint: NotRequired[str]
    event: NotRequired[JsonValue]
    context: NotRequired[JsonValue]
    logBefore: NotRequired[list[str]]
    itemId: NotRequired[str]
    durationMs: NotRequired[Amount]
    remainingMs: NotRequired[int]
    memoryMb: NotRequired[Count]
    maxMemoryUsedMb: NotRequired[Count]
    coldStart: NotRequired[bool]
    release: NotRequired[str]
    stage: NotRequired[str]
    source: NotRequired[Literal["handler", "platform"]]
    handled: NotRequired[bool]
    unverified: NotRequired[bool]
    suppressed: NotRequired[Count]
    counter: NotRequired[str]
    counted: NotRequired[Count]
    formerFingerprints: NotRequired[list[str]]
    expiresAt: NotRequired[int]


class PlaceShape(Shape):
    """A stage in a region of an account; each empty where the export does not say it."""

    account: str
    region: str
    stage: str


class GroupShape(Shape):
    """A bug: the records of one fingerprint, suppressed ones counted; texts of the newest.

    ``places`` are those of exports; null where the records are of one table.
    """

    fingerprint: str
    count: Count
    firstSeen: Time
    lastSeen: Time
    functions: list[str]
    errorType: str
    errorMessage: str
    newestId: str
    places: list[PlaceShape] | None


class AnswerRowsShape(Shape):
    """``rows`` by the names of the question's columns; ``more`` where there are others."""

    rows: list[dict[str, JsonValue]]
    more: bool


class DamagedShape(Shape):
    """A line, from 1, that mentions a record and has none that can be imported."""

    line: Count
    why: str


class RefusedShape(Shape):
    """A record that DynamoDB does not take."""

    errorId: str
    why: str


class ImportShape(Shape):
    """``skipped`` counts the lines that are no record, ``damaged`` ones included."""

    found: Count
    written: Count
    skipped: Count
    damaged: list[DamagedShape]
    refused: list[RefusedShape]


class ExportShape(Shape):
    """An export in S3: ``place`` is its folder, ``s3://...``."""

    place: str
    items: Count
    bytes: Count
    arn: str
