"""The alarm mute rules of a compiled CloudFormation template.

Follows https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudwatch-alarmmuterule.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tocsin.cloudformation.intrinsics import Resolver
from tocsin.cloudformation.template import Template
from tocsin.cloudformation.undecided import Undecided
from tocsin.cloudformation.undeployed import undeployed
from tocsin.cloudwatch import DefinitionError, MuteWindows, UnknownValueError, mute_windows
from tocsin.cloudwatch.alarm_rule import alarm_name

MUTE_TYPE = "AWS::CloudWatch::AlarmMuteRule"
MOST_ALARMS = 100


@dataclass(frozen=True)
class CompiledMute:
    """One rule: the alarms by name, those that only a deployment knows left out.

    ``windows`` is None where the schedule is refused, which ``problems`` tell, or not known.
    ``knows_all``: whether every target is among ``alarms``.
    """

    logical_id: str
    alarms: tuple[str, ...]
    knows_all: bool
    windows: MuteWindows | None
    problems: tuple[str, ...] = ()


def mute_rules(
    template: Template, parameters: Mapping[str, Any] | None = None
) -> Iterator[CompiledMute]:
    """Every mute rule that the template would create, in its order.

    ``parameters`` override the template's defaults; a rule whose Condition is false is left out,
    one whose Condition is not known is not.
    """
    resolver = undeployed(template, parameters)
    for logical_id in template.of_type(MUTE_TYPE):
        try:
            if not resolver.holds(template.resources[logical_id].get("Condition")):
                continue
        except DefinitionError:
            pass
        yield _compiled(resolver, logical_id, template.resources[logical_id].get("Properties"))


def _compiled(resolver: Resolver, logical_id: str, properties: Any) -> CompiledMute:
    where = f"{logical_id}.Properties"
    given = properties if isinstance(properties, Mapping) else {}
    problems: list[str] = []

    def part(name: str) -> Any:
        try:
            return resolver.resolved(given.get(name), where)
        except UnknownValueError:
            return Undecided(name)
        except DefinitionError as error:
            problems.extend(error.problems)
            return Undecided(name)

    targets = part("MuteTargets")
    listed = targets.get("AlarmNames") if isinstance(targets, Mapping) else targets
    names = listed if isinstance(listed, list) else []
    known = [name for name in names if isinstance(name, str) and not isinstance(name, Undecided)]
    if listed is not None and not isinstance(listed, list | Undecided):
        problems.append(f"MuteTargets: found {listed!r}; accepted: AlarmNames, a list")
    if len(names) > MOST_ALARMS:
        problems.append(f"MuteTargets: found {len(names)} alarms; accepted: at most {MOST_ALARMS}")
    windows = _windows(part("Rule"), part("StartDate"), part("ExpireDate"), problems)
    alarms = tuple(map(alarm_name, known))
    whole = not isinstance(listed, Undecided) and len(known) == len(names)
    return CompiledMute(logical_id, alarms, whole, windows, tuple(problems))


def _windows(rule: Any, starts: Any, expires: Any, problems: list[str]) -> MuteWindows | None:
    """The schedule; None, with why in ``problems``, where it is refused, or where it is unknown."""
    schedule = rule.get("Schedule") if isinstance(rule, Mapping) else rule
    if isinstance(schedule, Undecided):
        return None
    if not isinstance(schedule, Mapping):
        problems.append(f"Rule: found {rule!r}; accepted: Schedule, with Expression and Duration")
        return None
    if any(isinstance(part, Undecided) for part in (*schedule.values(), starts, expires)):
        return None
    try:
        return mute_windows(schedule, start_date=starts, expire_date=expires)
    except DefinitionError as error:
        problems.extend(error.problems)
        return None
