"""Composite alarms: the rule's grammar, its evaluation, and cycles.

Follows https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from tocsin.cloudwatch.alarm import CompositeAlarm, State
from tocsin.cloudwatch.errors import AlarmRuleError, ValidationError
from tocsin.cloudwatch.evaluation import StateRecord
from tocsin.cloudwatch.reasons import api_time
from tocsin.cloudwatch.validation import common_problems

MAX_CHILDREN = 100
MAX_LENGTH = 10_240
MAX_DEPTH = 64
MAX_ELEMENTS = 500
"""How many operands and operators a rule may have."""

States = Mapping[str, State]


@dataclass(frozen=True, slots=True)
class AlarmRule:
    """A parsed rule: ``holds`` tells whether it is true, given the state of every child.

    ``children`` are the names of the alarms it mentions, in order of appearance, each once.
    """

    text: str
    children: tuple[str, ...]
    holds: Callable[[States], bool]


@dataclass(frozen=True, slots=True)
class CompositeEvaluation:
    """What an evaluation of a composite alarm found; ``unread`` are children without a state."""

    at: float
    previous: State
    state: State
    reason: str
    reason_data: dict[str, Any]
    unread: tuple[str, ...]

    @property
    def changed(self) -> bool:
        """Whether the alarm's actions are due (unless they are suppressed)."""
        return self.state is not self.previous

    @property
    def record(self) -> StateRecord:
        """The state reached, for history and messages."""
        return StateRecord(self.state, self.reason, self.at, self.reason_data)


def evaluate_composite(
    alarm: CompositeAlarm,
    children: Mapping[str, StateRecord],
    at: float,
    state: State,
    arn_of: Callable[[str], str] = str,
) -> CompositeEvaluation:
    """The state of a composite alarm at ``at``, given what its children's states are by name.

    A child that ``children`` does not have leaves the alarm in INSUFFICIENT_DATA. ``arn_of``
    turns a child's name into the ARN that the reason and its data show.
    """
    rule = parse_rule(alarm.rule)
    unread = tuple(name for name in rule.children if name not in children)
    if unread:
        reached = State.INSUFFICIENT_DATA
        reason = f"{', '.join(arn_of(name) for name in unread)}: state cannot be read"
    else:
        states = {name: children[name].state for name in rule.children}
        reached = State.ALARM if rule.holds(states) else State.OK
        reason = _reason(alarm, rule, children, reached, arn_of)
    known = [name for name in rule.children if name in children]
    triggering = [
        {
            "arn": arn_of(name),
            "state": {
                "value": str(children[name].state),
                "timestamp": api_time(children[name].at),
            },
        }
        for name in sorted(known, key=lambda name: -children[name].at)
    ]
    return CompositeEvaluation(at, state, reached, reason, {"triggeringAlarms": triggering}, unread)


def _reason(
    alarm: CompositeAlarm,
    rule: AlarmRule,
    children: Mapping[str, StateRecord],
    reached: State,
    arn_of: Callable[[str], str],
) -> str:
    if not rule.children:
        return f"{arn_of(alarm.name)} was created and its alarm rule evaluates to {reached}"
    newest = max(rule.children, key=lambda name: children[name].at)
    moment = datetime.fromtimestamp(children[newest].at, UTC)
    when = moment.strftime("%A %d %B, %Y %H:%M:%S UTC")
    return f"{arn_of(newest)} transitioned to {children[newest].state} at {when}"


def validate_composite(alarm: CompositeAlarm) -> CompositeAlarm:
    """The alarm itself; ValidationError or AlarmRuleError when CloudWatch would refuse it."""
    problems = list(common_problems(alarm))
    for key, seconds in (
        ("ActionsSuppressorWaitPeriod", alarm.actions_suppressor_wait_period),
        ("ActionsSuppressorExtensionPeriod", alarm.actions_suppressor_extension_period),
    ):
        if seconds < 0:
            problems.append(f"{key}: {seconds}; 0 or more seconds")
        if seconds and alarm.actions_suppressor is None:
            problems.append(f"{key}: given without ActionsSuppressor, which it belongs to")
    if problems:
        raise ValidationError(f"alarm {alarm.name!r}", problems)
    rule = parse_rule(alarm.rule)
    if alarm.name in rule.children:
        raise AlarmRuleError(alarm.rule, 1, f"{alarm.name!r} refers to itself", "other alarms")
    return alarm


def evaluation_order(alarms: Sequence[CompositeAlarm]) -> list[CompositeAlarm]:
    """The alarms, each after the composite alarms it refers to; AlarmRuleError on a cycle."""
    waiting = {alarm.name: alarm for alarm in alarms}
    uses = {name: parse_rule(alarm.rule).children for name, alarm in waiting.items()}
    ordered: list[CompositeAlarm] = []
    while waiting:
        ready = [name for name in waiting if not any(child in waiting for child in uses[name])]
        if not ready:
            path = [next(iter(waiting))]
            while path[-1] not in path[:-1]:
                path.append(next(child for child in uses[path[-1]] if child in waiting))
            cycle = path[path.index(path[-1]) :]
            rule = waiting[cycle[0]].rule
            raise AlarmRuleError(rule, 1, f"alarms form a cycle: {' -> '.join(cycle)}")
        ordered.extend(waiting.pop(name) for name in ready)
    return ordered


# --- the rule's grammar ------------------------------------------------------------------------

_TOKEN = re.compile(
    r"""\s*(?:(?P<WORD>(?:AND|OR|NOT|TRUE|FALSE|ALARM|OK|INSUFFICIENT_DATA)(?![A-Za-z0-9_]))
    |(?P<PAREN>[()])
    |(?P<END>\Z))""",
    re.VERBOSE | re.IGNORECASE,
)
_NAME = re.compile(r"""\s*(?:"(?P<DOUBLE>[^"]+)"|'(?P<SINGLE>[^']+)'|(?P<BARE>[^\s()"']+))""")
_ARN = re.compile(r"arn:[^:]+:cloudwatch:[^:]*:[^:]*:alarm:(?P<name>.+)", re.DOTALL)

_OPERAND = "ALARM(...), OK(...), INSUFFICIENT_DATA(...), TRUE, FALSE, NOT or '('"


@lru_cache(maxsize=4096)
def parse_rule(text: str) -> AlarmRule:
    """Read an AlarmRule; AlarmRuleError with the column where it is none."""
    if len(text) > MAX_LENGTH:
        raise AlarmRuleError(text, MAX_LENGTH + 1, "too long", f"at most {MAX_LENGTH} characters")
    return _Parser(text).rule()


def alarm_name(reference: str) -> str:
    """The name in an alarm's ARN; a plain name as it is."""
    match = _ARN.fullmatch(reference)
    return match["name"] if match else reference


class _Parser:
    """Recursive descent: OR loosest, then AND, then NOT."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._position = 0
        self._children: dict[str, None] = {}
        self._elements = 0
        self._kind = self._word = ""
        self._column = 1
        self._advance()

    def rule(self) -> AlarmRule:
        holds = self._either(0)
        if self._kind != "END":
            raise self._unexpected("AND, OR or the end of the rule")
        if len(self._children) > MAX_CHILDREN:
            raise AlarmRuleError(
                self._text, 1, f"{len(self._children)} alarms", f"at most {MAX_CHILDREN}"
            )
        return AlarmRule(self._text, tuple(self._children), holds)

    def _advance(self) -> None:
        match = _TOKEN.match(self._text, self._position)
        if match is None:
            rest = self._text[self._position :]
            self._column = self._position + len(rest) - len(rest.lstrip()) + 1
            found = re.match(r"[^\s()]+", rest.lstrip())
            self._kind, self._word = "OTHER", found[0] if found else rest.lstrip()[:1]
            return
        self._kind = str(match.lastgroup)
        self._word = match[self._kind].upper()
        self._column = match.start(self._kind) + 1
        self._position = match.end()
        if self._kind != "END":
            self._elements += 1
        if self._elements > 4 * MAX_ELEMENTS:
            raise AlarmRuleError(
                self._text, self._column, "too many elements", f"at most {MAX_ELEMENTS}"
            )

    def _unexpected(self, expected: str) -> AlarmRuleError:
        found = "the end of the rule" if self._kind == "END" else repr(self._word)
        return AlarmRuleError(self._text, self._column, f"unexpected {found}", expected)

    def _expect(self, word: str) -> None:
        if self._word != word:
            raise self._unexpected(f"'{word}'")
        self._advance()

    def _either(self, depth: int) -> Callable[[States], bool]:
        options = [self._all(depth)]
        while self._word == "OR":
            self._advance()
            options.append(self._all(depth))
        return options[0] if len(options) == 1 else lambda s: any(option(s) for option in options)

    def _all(self, depth: int) -> Callable[[States], bool]:
        conditions = [self._one(depth)]
        while self._word == "AND":
            self._advance()
            conditions.append(self._one(depth))
        if len(conditions) == 1:
            return conditions[0]
        return lambda states: all(condition(states) for condition in conditions)

    def _one(self, depth: int) -> Callable[[States], bool]:
        if depth > MAX_DEPTH:
            raise AlarmRuleError(
                self._text, self._column, "nested too deeply", f"at most {MAX_DEPTH} levels"
            )
        word = self._word
        if word == "NOT":
            self._advance()
            inner = self._one(depth + 1)
            return lambda states: not inner(states)
        if word == "(":
            self._advance()
            inside = self._either(depth + 1)
            self._expect(")")
            return inside
        if self._kind == "WORD" and word in ("TRUE", "FALSE"):
            self._advance()
            return lambda _: word == "TRUE"
        if self._kind == "WORD" and word in State.__members__:
            name = self._child()
            wanted = State[word]
            return lambda states: states[name] is wanted
        raise self._unexpected(_OPERAND)

    def _child(self) -> str:
        """The name in ``ALARM(name)``; it may hold anything when it is quoted."""
        self._advance()
        if self._word != "(":
            raise self._unexpected("'('")
        match = _NAME.match(self._text, self._position)
        if match is None:
            self._advance()
            raise self._unexpected("an alarm's name or ARN")
        self._position = match.end()
        name = alarm_name(match[str(match.lastgroup)])
        self._children[name] = None
        self._advance()
        self._expect(")")
        return name


def composite_children(alarms: Sequence[CompositeAlarm]) -> Iterator[tuple[str, str]]:
    """(composite, child) for every reference, for reports and completeness checks."""
    for alarm in alarms:
        for child in parse_rule(alarm.rule).children:
            yield alarm.name, child
