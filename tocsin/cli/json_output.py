"""What ``--json`` prints, task by task: the shapes, and JSON Schemas made of them.

Within a version keys are added and never taken away, renamed or given another type; whatever
breaks a reader raises ``VERSION``. docs/json.md is for those who read it.
"""

from typing import Annotated, Any, Literal, NotRequired

from pydantic import ConfigDict, Field, JsonValue, TypeAdapter

# pydantic does not take typing's own before Python 3.12.
from typing_extensions import TypedDict

from tocsin.config.attached_lock import Lacking
from tocsin.drill.checks import Result
from tocsin.exceptions import InputError
from tocsin.findings import Severity

VERSION = 1

Time = Annotated[
    str, Field(description="ISO 8601 with its offset", json_schema_extra={"format": "date-time"})
]
Count = Annotated[int, Field(ge=0)]
Amount = Annotated[float, Field(ge=0)]
Share = Annotated[float, Field(ge=0, le=1)]


class _Shape(TypedDict):
    """Closed for the tests; readers pass over keys that they do not know."""

    __pydantic_config__ = ConfigDict(extra="forbid", strict=True)  # type: ignore[misc]


class FindingShape(_Shape):
    """What a check found; ``rule`` names it, ``subject`` is a function, alarm or resource."""

    severity: Severity
    rule: str
    subject: str
    message: str


class ExpectationShape(_Shape):
    """One expectation of one scenario on one alarm, and what was got."""

    file: str
    scenario: str
    alarm: str
    what: str
    expected: str
    got: str
    passed: bool
    details: list[str]


class SkippedShape(_Shape):
    """``count`` of the ``total`` scenarios of a file name what there is not, and were not run."""

    file: str
    line: Count
    names: list[str]
    count: Count
    total: Count


class UnreachedShape(_Shape):
    """What no scenario has seen of an alarm; without branches none looks at it."""

    alarm: str
    branches: list[str]


class AlarmTestsShape(_Shape):
    """Scenarios and proofs; ``unreached`` is empty where there is no scenario."""

    expectations: list[ExpectationShape]
    skipped: list[SkippedShape]
    unreached: list[UnreachedShape]
    findings: list[FindingShape]


class DrillCheckShape(_Shape):
    """One link of one kind of failure of one function; ``detail`` names what broke."""

    function: str
    kind: str
    link: str
    result: Result
    seconds: Amount
    detail: str


class StackShape(_Shape):
    """A CloudFormation stack; ``room`` is how many new functions it takes."""

    stack: str
    functions: list[str]
    room: Count


class AttachedFunctionShape(_Shape):
    """A function of another tool. Seconds and MB; null where only a deployment tells."""

    function: str
    id: str
    name: str | None
    runtime: str
    handler: str
    timeout: Count
    memory: Count
    events: list[dict[str, JsonValue]]
    logGroup: str | None
    logGroupExists: bool
    lacks: list[Lacking]
    unknown: list[Lacking]
    zeroCode: bool
    gone: bool


class SnippetShape(_Shape):
    """Lines for the functions of one stack, in the words of its tool."""

    tool: Literal["serverless", "sam", "cdk", "terraform", "cloudformation"]
    text: str


class AttachmentShape(_Shape):
    """One entry of ``attach``."""

    source: str
    notes: list[str]
    functions: list[AttachedFunctionShape]
    snippets: list[SnippetShape]


class AttachShape(_Shape):
    """What functions of other tools need; ``layer`` is null before the stage's first deploy."""

    stage: str
    layer: str | None
    table: str
    statement: dict[str, JsonValue]
    attached: list[AttachmentShape]


class AlarmShape(_Shape):
    """An alarm of the stage; null and empty where it is not deployed."""

    function: str
    kind: str
    name: str
    state: Literal["OK", "ALARM", "INSUFFICIENT_DATA", "NOT DEPLOYED"]
    since: Time | None
    reason: str


class EpisodeShape(_Shape):
    """A stretch in ALARM; false where it had begun before the history did."""

    start: Time
    end: Time
    minutes: Amount
    enteredInThisTime: bool
    detectedAfterSeconds: Amount | None


class HistoryShape(_Shape):
    """How the replay agrees with what CloudWatch itself did."""

    agreed: Count
    onlyReplayed: list[EpisodeShape]
    onlyInHistory: list[EpisodeShape]


class CandidateShape(_Shape):
    """A threshold, and what it would have done; ``missed`` of the episodes it would not see."""

    threshold: float
    pagesPerWeek: Amount
    minutes: Amount
    missed: Count


class ProposalShape(_Shape):
    """The threshold for at most ``wish`` pages a week; null where no candidate is."""

    wish: Amount
    threshold: float | None
    tradeOff: list[CandidateShape]


class ReplayedAlarmShape(_Shape):
    """An alarm over the history; ``problem`` says why it could not be replayed."""

    alarm: str
    kind: Literal["metric", "composite"]
    threshold: float | None
    problem: str | None
    pages: Count
    pagesPerWeek: Amount
    minutesInAlarm: Amount
    flaps: Count
    detectedAfterSeconds: Amount | None
    missing: Share | None
    episodes: list[EpisodeShape]
    history: HistoryShape | None
    proposal: ProposalShape | None


class BacktestShape(_Shape):
    """All alarms between ``start`` and ``end``."""

    title: str
    start: Time
    end: Time
    alarms: list[ReplayedAlarmShape]


class PricesShape(_Shape):
    """Whose prices, and of which day."""

    region: str
    date: Annotated[str, Field(json_schema_extra={"format": "date"})]


class CostLineShape(_Shape):
    """USD a month; ``lever`` would save ``saving`` of it."""

    what: str
    quantity: Amount
    unit: str
    price: Amount
    lever: str
    saving: Amount
    usd: Amount


class CostShape(_Shape):
    """A month of the stage; ``unpriced`` counts resources by types that nothing here knows of."""

    stack: str
    usd: Amount
    prices: PricesShape
    lines: list[CostLineShape]
    biggest: list[str]
    unpriced: dict[str, Count]


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


class GroupShape(_Shape):
    """A bug: the records of one fingerprint, suppressed ones counted; texts of the newest."""

    fingerprint: str
    count: Count
    firstSeen: Time
    lastSeen: Time
    functions: list[str]
    errorType: str
    errorMessage: str
    newestId: str


class BugReleaseShape(_Shape):
    """How often a bug has failed in a release; the newest 20 releases are kept."""

    release: str
    count: Count
    firstSeen: Time
    lastSeen: Time


class BugHourShape(_Shape):
    """Failures from ``hour`` on, for an hour; hours without any are left out, as are old ones."""

    hour: Time
    count: Count


class BugDecisionShape(_Shape):
    """What was decided, or ``why`` it is back; which keys there are is the state's."""

    at: Time
    by: NotRequired[str]
    release: NotRequired[str]
    after: NotRequired[str]
    until: NotRequired[Time]
    count: NotRequired[Count]
    why: NotRequired[str]


class BugNoteShape(_Shape):
    """What somebody wrote beside a bug."""

    at: Time
    by: str
    text: str


class BugShape(_Shape):
    """What is remembered of a bug; a text that is not known is empty."""

    fingerprint: str
    status: Literal["new", "seen", "regressed", "muted", "resolved", "drilled"]
    count: Count
    errorType: str
    errorMessage: str
    topFrame: str
    firstSeen: Time
    lastSeen: Time
    firstRelease: str
    lastRelease: str
    functions: list[str]
    releases: list[BugReleaseShape]
    hours: list[BugHourShape]
    decision: BugDecisionShape | None
    notes: list[BugNoteShape]
    newestId: str
    toldAt: Time | None
    carriedFrom: list[str]


class SuspectCommitShape(_Shape):
    """A commit that touches a file of the stack trace."""

    commit: str
    at: Time
    author: str
    subject: str


class SuspectsShape(_Shape):
    """Commits after the release ``good``, up to ``bad``; ``why`` says why there are none."""

    good: str
    bad: str
    files: list[str]
    commits: list[SuspectCommitShape]
    why: str


class BugDetailShape(_Shape):
    """A bug, its newest record, and the commits that may have brought it."""

    bug: BugShape
    record: RecordShape | None
    suspects: SuspectsShape


class ComparedBugShape(_Shape):
    """A bug, and how often it failed in each of two releases."""

    bug: BugShape
    countBefore: Count
    countAfter: Count


class ReleaseDiffShape(_Shape):
    """The bugs of two releases."""

    before: str
    after: str
    onlyAfter: list[ComparedBugShape]
    onlyBefore: list[ComparedBugShape]
    inBoth: list[ComparedBugShape]


class DamagedShape(_Shape):
    """A line, from 1, that mentions a record and has none that can be imported."""

    line: Count
    why: str


class RefusedShape(_Shape):
    """A record that DynamoDB does not take."""

    errorId: str
    why: str


class ImportShape(_Shape):
    """``skipped`` counts the lines that are no record, ``damaged`` ones included."""

    found: Count
    written: Count
    skipped: Count
    damaged: list[DamagedShape]
    refused: list[RefusedShape]


class AnswerShape(_Shape):
    """What a called function answered; ``error`` is empty where it did not fail."""

    status: int
    error: str
    payload: JsonValue
    log: str


class LogLineShape(_Shape):
    """A line of a function's log; ``stream`` is the log stream that has it."""

    at: Time
    stream: str
    message: str


class LocalStageShape(_Shape):
    """Where the local stage listens; what other tools need in their environment."""

    endpoint: str
    environment: dict[str, str]


class AlarmChangeShape(_Shape):
    """A state change while the clock was advanced."""

    alarm: str
    old: str
    new: str
    at: Time
    reason: str


class ClockShape(_Shape):
    """The stage's time; ``offset`` is how many seconds it is ahead of the wall."""

    now: Time
    offset: float
    changed: list[AlarmChangeShape]


class ExportShape(_Shape):
    """An export in S3: ``place`` is its folder, ``s3://...``."""

    place: str
    items: Count
    bytes: Count
    arn: str


OUTPUTS: dict[str, Any] = {
    "check": list[FindingShape],
    "test-alarms": AlarmTestsShape,
    "smoke-test": DrillCheckShape,
    "stacks": list[StackShape],
    "attach": AttachShape,
    "invoke": AnswerShape,
    "logs": LogLineShape,
    "alarms": list[AlarmShape],
    "backtest": BacktestShape,
    "cost": CostShape,
    "errors": list[RecordShape],
    "errors-show": RecordShape | BugDetailShape,
    "errors-groups": list[GroupShape],
    "errors-tail": RecordShape,
    "errors-import": ImportShape,
    "bugs": list[BugShape],
    "errors-resolve": BugShape,
    "errors-mute": BugShape,
    "errors-note": BugShape,
    "errors-diff": ReleaseDiffShape,
    "errors-export": ExportShape,
    "local-start": LocalStageShape,
    "local-clock": ClockShape,
}
"""By task; those of ``errors-tail``, ``logs`` and ``smoke-test`` are each of their lines."""


def schema(task: str) -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of what ``task --json`` prints.

    Raises:
        InputError: the task prints no JSON.
    """
    if task not in OUTPUTS:
        raise InputError(f"found {task!r}; accepted: a task with --json: {', '.join(OUTPUTS)}")
    made = TypeAdapter(OUTPUTS[task]).json_schema()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:tocsin:json:{VERSION}:{task}",
        **_for_readers(made),
    }


def _for_readers(value: Any) -> Any:
    """A schema that takes further keys, as this version may get some; no titles out of names."""
    if isinstance(value, list):
        return [_for_readers(member) for member in value]
    if not isinstance(value, dict):
        return value
    return {
        name: _for_readers(member)
        for name, member in value.items()
        # A property may have either name: its value is an object.
        if isinstance(member, dict) or name not in ("additionalProperties", "title")
    }
