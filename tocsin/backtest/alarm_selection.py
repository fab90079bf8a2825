"""Which alarms are replayed: those deployed, those rendered, or those of a file."""

from collections.abc import Iterator, Sequence

from tocsin.aws import alarm_states
from tocsin.aws.account import Account
from tocsin.cloudwatch import CompositeAlarm, MetricAlarm, parse_rule
from tocsin.config import Stage
from tocsin.config.selection import selected
from tocsin.exceptions import InputError
from tocsin.scenarios.loading import LoadedAlarms, alarms_described
from tocsin.stacks.stack import stacks_of


class NoAlarms(InputError):
    """There is nothing to replay."""


def deployed(account: Account, stage: Stage) -> LoadedAlarms:
    """The alarms of the stage's stacks, as CloudWatch has them.

    Raises:
        NotDeployed: the stage's main stack is not there.
    """
    from tocsin.aws.account import outputs

    outputs(account, stage)
    names = [name for stack in stacks_of(stage) for name in _alarms_of_stack(account, stack.name)]
    found = alarm_states.describe(account, names).values()
    return alarms_described(
        {
            "MetricAlarms": [alarm for alarm in found if "AlarmRule" not in alarm],
            "CompositeAlarms": [alarm for alarm in found if "AlarmRule" in alarm],
        }
    )


def _alarms_of_stack(account: Account, name: str) -> Iterator[str]:
    pages = account.client("cloudformation").get_paginator("list_stack_resources")
    for page in pages.paginate(StackName=name):
        for summary in page["StackResourceSummaries"]:
            if summary["ResourceType"] in (
                "AWS::CloudWatch::Alarm",
                "AWS::CloudWatch::CompositeAlarm",
            ):
                yield summary["PhysicalResourceId"]


def of_function(alarms: LoadedAlarms, stage: Stage, function: str | None) -> LoadedAlarms:
    """Those of ``alarms`` that ``--function`` asks for, with all that composite ones look at.

    Raises:
        InputError: no such function; NoAlarms: nothing is left.
    """
    metric: Sequence[MetricAlarm] = alarms.metric
    composite: Sequence[CompositeAlarm] = alarms.composite
    if function is not None:
        (chosen,) = selected(stage, function)
        metric = [alarm for alarm in metric if chosen.name in _functions_of(alarm)]
        own = {alarm.name for alarm in metric}
        composite = [alarm for alarm in composite if set(parse_rule(alarm.rule).children) <= own]
    if not metric:
        raise NoAlarms(
            "there is no alarm to replay"
            + (f" for --function {function}" if function else "")
            + "; accepted: a stage with alarms, or --alarms with a file that has some"
        )
    return LoadedAlarms(tuple(metric), tuple(composite), alarms.refused)


def _functions_of(alarm: MetricAlarm) -> set[str]:
    return {
        value
        for query in alarm.queries
        if query.stat is not None
        for name, value in query.stat.metric.dimensions
        if name == "FunctionName"
    }
