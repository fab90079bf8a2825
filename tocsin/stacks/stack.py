"""The stacks of a stage, each deployed by osls as a service of its own."""

from dataclasses import dataclass
from pathlib import Path

from tocsin import names
from tocsin.config import ExternalFunction, Function, Stage, Watched
from tocsin.config.assignment import CAPACITY, MAIN

SUMMARY = "summary"


@dataclass(frozen=True)
class Stack:
    """One stack of a stage.

    ``part`` tells it from its siblings, in its names and as its folder: empty for the main stack,
    ``2``, ``3``, ... for further groups of functions, ``summary`` for what refers to all groups
    and so is deployed last.
    """

    stage: Stage
    part: str
    watched: tuple[Watched, ...]

    @property
    def functions(self) -> tuple[Function, ...]:
        """Those that it deploys."""
        return tuple(function for function in self.watched if isinstance(function, Function))

    @property
    def external_functions(self) -> tuple[ExternalFunction, ...]:
        """Those of other stacks that it watches."""
        return tuple(
            function for function in self.watched if isinstance(function, ExternalFunction)
        )

    @property
    def layer_runtimes(self) -> list[str]:
        """The runtimes that the error log's layer is for, the stage's own first."""
        return self._of_python("runtime")

    @property
    def layer_architectures(self) -> list[str]:
        """The architectures that the error log's layer is for, the stage's own first."""
        return self._of_python("architecture")

    def _of_python(self, key: str) -> list[str]:
        found = [str(getattr(self.stage, key))]
        found += [
            str(getattr(function, key)) for function in self.functions if function.has_errorlog
        ]
        return list(dict.fromkeys(found))

    @property
    def is_main(self) -> bool:
        """Whether it holds what the stage has once: table, topic, collector."""
        return not self.part

    @property
    def is_summary(self) -> bool:
        """Whether it holds what refers to all groups; the main stack does where there is one."""
        return self.part == SUMMARY

    @property
    def number(self) -> int | None:
        """The number of its group of functions, as in stacks.lock.yml; the summary has none."""
        return None if self.is_summary else int(self.part or MAIN)

    @property
    def service(self) -> str:
        """What osls calls it: ``tocsin``, ``tocsin-2``."""
        return f"{self.stage.service}-{self.part}" if self.part else self.stage.service

    @property
    def name(self) -> str:
        """The name of the CloudFormation stack: ``tocsin-dev``, ``tocsin-2-dev``."""
        return names.stack(self.service, self.stage.suffix)

    @property
    def room(self) -> int:
        """How many new functions it takes."""
        if self.is_summary:
            return 0
        # Also those that this stage leaves out have their place.
        taken = sum(number == self.number for number in self.stage.stack_numbers.values())
        return max(0, CAPACITY - taken)

    def as_dict(self) -> dict[str, object]:
        return {
            "stack": self.name,
            "functions": [function.key for function in self.watched],
            "room": self.room,
        }

    def folder(self, root: Path) -> Path:
        """Where it is rendered and packaged: ``build/<stage>``, ``build/<stage>/2``."""
        return root / "build" / self.stage.name / self.part


def stacks_of(stage: Stage) -> tuple[Stack, ...]:
    """The stacks of ``stage`` in the order of their deployment: the main one, the further
    groups that hold functions on this stage, the summary of several."""
    first, *further = stage.groups
    siblings = [
        Stack(stage, str(number), watched)
        for number, watched in enumerate(further, MAIN + 1)
        if watched
    ]
    last = [Stack(stage, SUMMARY, ())] if siblings else []
    return (Stack(stage, "", first), *siblings, *last)
