"""Shapes of stacks, attached functions, and what one function answers and logs."""

from typing import Literal

from pydantic import JsonValue

from tocsin.cli.json_shapes.form import Count, Shape, Time
from tocsin.config.attached_lock import Lacking


class StackShape(Shape):
    """A CloudFormation stack; ``room`` is how many new functions it takes."""

    stack: str
    functions: list[str]
    room: Count


class AttachedFunctionShape(Shape):
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


class SnippetShape(Shape):
    """Lines for the functions of one stack, in the words of its tool."""

    tool: Literal["serverless", "sam", "cdk", "terraform", "cloudformation"]
    text: str


class AttachmentShape(Shape):
    """One entry of ``attach``."""

    source: str
    notes: list[str]
    functions: list[AttachedFunctionShape]
    snippets: list[SnippetShape]


class AttachShape(Shape):
    """What functions of other tools need; ``layer`` is null before the stage's first deploy."""

    stage: str
    layer: str | None
    table: str
    statement: dict[str, JsonValue]
    attached: list[AttachmentShape]


class AnswerShape(Shape):
    """What a called function answered; ``error`` is empty where it did not fail."""

    status: int
    error: str
    payload: JsonValue
    log: str


class LogLineShape(Shape):
    """A line of a function's log; ``stream`` is the log stream that has it."""

    at: Time
    stream: str
    message: str
