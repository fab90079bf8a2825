"""Messages that wait in the queue that takes what the function gave up on."""

import re
from collections.abc import Iterator
from typing import Annotated

from pydantic import AfterValidator, Field

from tocsin.alarms.definition import Measure, MetricRead
from tocsin.alarms.kind import AlarmedFunction, AlarmKind, Lacking
from tocsin.alarms.settings import AlarmSettings

_NAME = re.compile(r"[A-Za-z0-9_-]{1,80}(\.fifo)?")


def _valid_queue(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError("the name of a queue")
    return name


class DeadLetterDepthAlarm(AlarmSettings):
    """``threshold`` in messages; ``queue`` is the name of the queue."""

    enabled: bool = False
    threshold: float = Field(default=0, ge=0)
    evaluation_periods: int = Field(default=1, ge=1)
    queue: Annotated[str, AfterValidator(_valid_queue)] | None = None


class DeadLetterDepth(AlarmKind[DeadLetterDepthAlarm]):
    name = "dead-letter-depth"
    settings = DeadLetterDepthAlarm
    measure = Measure("dead letters")

    def reads(self, function: AlarmedFunction) -> tuple[MetricRead, ...]:
        dimensions = {"QueueName": self.of(function).queue or ""}
        return (MetricRead("AWS/SQS", "ApproximateNumberOfMessagesVisible", "Maximum", dimensions),)

    def words(self, function: AlarmedFunction) -> str:
        settings = self.of(function)
        return f"more than {settings.threshold} messages in {settings.queue}"

    def lacking(self, function: AlarmedFunction) -> Iterator[Lacking]:
        if self.of(function).queue is None:
            yield Lacking("queue", "nothing", "the name of the queue")


KIND = DeadLetterDepth()
