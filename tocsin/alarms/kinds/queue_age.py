"""Age of the oldest message in a queue that calls the function: it falls behind, or cannot."""

from dataclasses import replace

from pydantic import Field

from tocsin import names
from tocsin.alarms.definition import AlarmDefinition, Measure, MetricRead
from tocsin.alarms.kind import AlarmedFunction, AlarmKind, queues_read
from tocsin.alarms.settings import AlarmSettings


class QueueAgeAlarm(AlarmSettings):
    """``threshold`` in seconds; on where ``events`` name a queue by its ARN."""

    threshold: float = Field(default=900, gt=0)
    evaluation_periods: int = Field(default=5, ge=1)


class QueueAge(AlarmKind[QueueAgeAlarm]):
    name = "queue-age"
    settings = QueueAgeAlarm
    measure = Measure("oldest message", " s")

    def reads(self, function: AlarmedFunction) -> tuple[MetricRead, ...]:
        return tuple(map(_age, queues_read(function)))

    def words(self, function: AlarmedFunction) -> str:
        return f"a message waits for more than {self.of(function).threshold} s in its queue"

    def surrounds(self, function: AlarmedFunction) -> bool:
        return bool(queues_read(function))

    def definitions(
        self, function: AlarmedFunction, suffix: str, stage: str
    ) -> tuple[AlarmDefinition, ...]:
        """One for each queue, none without; of several the second is ``queue-age-2``."""
        found = []
        for number, queue in enumerate(queues_read(function), start=1):
            alarm = self._definition(function, suffix, stage)
            variant = self.name if number == 1 else f"{self.name}-{number}"
            found.append(
                replace(
                    alarm,
                    variant=variant,
                    name=names.alarm(function.key, variant, suffix),
                    logical_id=f"{function.logical_id}{names.camel(variant)}Alarm",
                    what=f"{alarm.what}, {_shown(queue)}",
                    reads=(_age(queue),),
                )
            )
        return tuple(found)


def _shown(queue: str) -> str:
    """One that only a deploy names by what the template calls it."""
    return queue.replace("${", "").replace(".QueueName}", "").replace("}", "")


def _age(queue: str) -> MetricRead:
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html"""
    dimensions = {"QueueName": queue}
    return MetricRead("AWS/SQS", "ApproximateAgeOfOldestMessage", "Maximum", dimensions)


KIND = QueueAge()
