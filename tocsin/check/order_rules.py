"""Composite alarms after the alarms they look at: PutCompositeAlarm refuses one that is not there.

Within a stack DependsOn orders them; the stacks of a stage are deployed one after the other.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html
"""

from collections.abc import Iterator, Sequence

from tocsin.cloudformation.template import Template
from tocsin.cloudwatch import parse_rule
from tocsin.config import Stage
from tocsin.findings import Finding, Severity
from tocsin.nearest import nearest
from tocsin.scenarios import alarms_of
from tocsin.stacks import stacks_of


def children(stage: Stage, templates: Sequence[Template]) -> Iterator[Finding]:
    """A finding for each composite alarm that looks at one which is not deployed by then.

    ``templates`` are those of the stage's stacks, in the order of their deployment.
    """
    before: set[str] = set()
    for stack, template in zip(stacks_of(stage), templates, strict=True):
        alarms = alarms_of(template)
        for alarm in alarms.composite:
            first = template.made_before(alarms.logical_ids[alarm.name])
            for name in parse_rule(alarm.rule).children:
                if name in before or alarms.logical_ids.get(name) in first:
                    continue
                if name in alarms.logical_ids:
                    why = "nothing (Ref, DependsOn) orders the two"
                else:
                    known = nearest(name, sorted({*before, *alarms.names}))
                    why = f"no alarm has that name up to the stack {stack.name}, which has {known}"
                message = f"looks at {name} and may be deployed before it: {why}"
                yield Finding(Severity.ERROR, "composite-children", alarm.name, message)
        before |= {*alarms.names}
