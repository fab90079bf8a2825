"""The mutations of a compiled template: every kind, on every resource that it applies to.

Written over types of resources, so that a new alarm, function or role is mutated as well.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tests.conftest import SHARED
from tests.mutations import access, alarms, functions, stack, storage
from tests.mutations.edits import ANY, KINDS, Template

__all__ = ["STAGES", "Mutation", "access", "alarms", "functions", "kinds", "mutations", "storage"]

STAGES = ("dev", "prod", SHARED)


@dataclass(frozen=True)
class Mutation:
    """``template`` is that of ``stage``, with one thing changed at ``where``."""

    kind: str
    stage: str
    where: str
    number: int
    template: Template

    def __str__(self) -> str:
        return f"{self.kind} #{self.number} at {self.where} ({self.stage})"


def kinds() -> list[str]:
    """The name of every kind."""
    return [
        *dict.fromkeys(kind.name for kind in KINDS),
        stack.RESOURCE_DELETED,
        stack.OUTPUT_DROPPED,
        stack.OUTPUT_CHANGED,
    ]


def mutations(templates: Mapping[str, Template]) -> Iterator[Mutation]:
    """Every mutation of the ``templates``, which are those of ``STAGES``."""
    for kind in KINDS:
        for stage in kind.stages:
            template = templates[stage]
            for logical_id, resource in template["Resources"].items():
                if logical_id.startswith(stack.NOT_OURS) or kind.type not in (
                    ANY,
                    resource["Type"],
                ):
                    continue
                for number, changed in enumerate(kind.mutate(resource), start=1):
                    resources = {**template["Resources"], logical_id: changed}
                    mutated = {**template, "Resources": resources}
                    yield Mutation(kind.name, stage, logical_id, number, mutated)
    for name, where, mutated in stack.whole_template(templates["dev"]):
        yield Mutation(name, "dev", where, 1, mutated)
