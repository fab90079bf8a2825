"""The composite alarms of a stack: which alarm looks at which.

At most 100 alarms may stand in one rule, so the functions of a stage with several stacks are
gathered by stack first.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html
"""

from dataclasses import dataclass

from tocsin import names
from tocsin.alarms import AlarmDefinition
from tocsin.config import Watched
from tocsin.stacks.own_alarms import own_alarms_of
from tocsin.stacks.stack import Stack, stacks_of


@dataclass(frozen=True)
class Health:
    """What the composite alarms of ``stack`` look at, by the names of the alarms."""

    stack: Stack

    @property
    def stack_alarm(self) -> str | None:
        """The composite over this stack's functions: where the stage has several stacks, or
        where it gathers nothing but an alarm of the stack has to undo a deploy."""
        stage, number = self.stack.stage, self.stack.number
        if number is None or not self.of_stack:
            return None
        needed = len(stacks_of(stage)) > 1 if self._gathers else self._undoes
        return names.stack_health(number, stage.suffix) if needed else None

    @property
    def rollback_alarm(self) -> str | None:
        """The composite of this stack that undoes its deploy; None where none does."""
        if not self._undoes:
            return None
        if self._gathers and self.is_here and self.stack.is_main:
            return names.stage_health(self.stack.stage.suffix)
        return self.stack_alarm

    @property
    def is_here(self) -> bool:
        """Whether the stage's own composite is in this stack: it is deployed after all others."""
        return self.stack == stacks_of(self.stack.stage)[-1]

    @property
    def of_stack(self) -> list[str]:
        suffix = self.stack.stage.suffix
        paging = [function for function in self.stack.watched if function.pages]
        return [names.function_health(function.key, suffix) for function in paging]

    @property
    def of_stage(self) -> list[str]:
        """What pages for the stage: the monitoring itself and, where no function does so by
        itself, the functions, or the stacks that hold them."""
        stage = self.stack.stage
        stacks = stacks_of(stage)
        gathered = [Health(stack) for stack in stacks]
        below = (
            gathered[0].of_stack
            if len(stacks) == 1
            else [function.stack_alarm for function in gathered if function.stack_alarm]
        )
        own = [alarm.name for alarm in own_alarms_of(stage) if alarm.severity == "page"]
        return [*below, *own] if self._gathers else own

    @property
    def _gathers(self) -> bool:
        return self.stack.stage.paging == "stage"

    @property
    def _undoes(self) -> bool:
        return self.stack.stage.rollback_minutes is not None

    def of_function(self, function: Watched) -> list[str]:
        return [alarm.name for alarm in self.that_page(function)]

    def that_page(self, function: Watched) -> list[AlarmDefinition]:
        """The alarms of ``function`` that page."""
        stage = self.stack.stage
        alarms = function.alarm_definitions(stage.suffix, stage.name)
        return [alarm for alarm in alarms if alarm.severity == "page"]
