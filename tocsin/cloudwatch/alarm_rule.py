"""The grammar of a composite alarm's rule.

Follows https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html
and https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-combining.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from tocsin.cloudwatch.alarm import State
from tocsin.cloudwatch.errors import AlarmRuleError

MAX_CHILDREN = 100
MAX_LENGTH = 10_240
MAX_DEPTH = 64
MAX_ELEMENTS = 500
"""How many references to alarms, TRUE, FALSE and pairs of parentheses a rule may have."""

States = Mapping[str, State]


@dataclass(frozen=True, slots=True)
class AlarmRule:
    """A parsed rule: ``holds`` tells whether it is true, given the state of every child.

    ``children`` are the names of the alarms it mentions, in order of appearance, each once.
    """

    text: str
    children: tuple[str, ...]
    holds: Callable[[States], bool]


_TOKEN = re.compile(
    r"""\s*(?:(?P<WORD>(?:AND|OR|NOT|TRUE|FALSE|ALARM|OK|INSUFFICIENT_DATA|AT_LEAST)
        (?![A-Za-z0-9_]))
    |(?P<PAREN>[(),])
    |(?P<END>\Z))""",
    re.VERBOSE | re.IGNORECASE,
)
_NAME = re.compile(
    r"""\s*(?:"(?P<DOUBLE>(?:\\"|[^"])+)"|'(?P<SINGLE>[^']+)'|(?P<BARE>[^\s(),"']+))"""
)
_AMOUNT = re.compile(r"\s*(?P<AMOUNT>[1-9][0-9]{0,4})\s*(?P<SHARE>%)?")
_ARN = re.compile(r"arn:[^:]+:cloudwatch:[^:]*:[^:]*:alarm:(?P<name>.+)", re.DOTALL)

_OPERAND = "ALARM(...), OK(...), INSUFFICIENT_DATA(...), AT_LEAST(...), TRUE, FALSE, NOT or '('"


@lru_cache(maxsize=4096)
def parse_rule(text: str) -> AlarmRule:
    """Read an AlarmRule; AlarmRuleError with the column where it is none."""
    if len(text) > MAX_LENGTH:
        raise AlarmRuleError(text, MAX_LENGTH + 1, "too long", f"at most {MAX_LENGTH} characters")
    return _RuleParser(text).rule()


def alarm_name(reference: str) -> str:
    """The name in an alarm's ARN; a plain name as it is."""
    match = _ARN.fullmatch(reference)
    return match["name"] if match else reference


class _RuleParser:
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

    def _unexpected(self, expected: str) -> AlarmRuleError:
        found = "the end of the rule" if self._kind == "END" else repr(self._word)
        return AlarmRuleError(self._text, self._column, f"unexpected {found}", expected)

    def _expect(self, word: str) -> None:
        self._at(word)
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
        self._elements += word != "NOT"
        if self._elements > MAX_ELEMENTS:
            raise AlarmRuleError(
                self._text, self._column, "too many elements", f"at most {MAX_ELEMENTS}"
            )
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
            self._advance()
            self._at("(")
            name = self._name()
            self._expect(")")
            wanted = State[word]
            return lambda states: states[name] is wanted
        if self._kind == "WORD" and word == "AT_LEAST":
            self._advance()
            return self._at_least()
        raise self._unexpected(_OPERAND)

    def _at_least(self) -> Callable[[States], bool]:
        """``(M, STATE, (name, ...))`` or ``(P%, NOT STATE, (name, ...))``."""
        self._at("(")
        match = _AMOUNT.match(self._text, self._position)
        amount = int(match["AMOUNT"]) if match else 0
        share = bool(match and match["SHARE"])
        if match is None or (share and amount > 100):
            self._advance()
            raise self._unexpected("a number of alarms from 1 on, or a share from 1% to 100%")
        self._position = match.end()
        self._advance()
        self._expect(",")
        inverted = self._word == "NOT"
        if inverted:
            self._advance()
        if self._kind != "WORD" or self._word not in State.__members__:
            raise self._unexpected("ALARM, OK or INSUFFICIENT_DATA")
        wanted = State[self._word]
        self._advance()
        self._expect(",")
        self._at("(")
        names = [self._name()]
        while self._word == ",":
            names.append(self._name())
        self._elements += len(names) - 1
        self._expect(")")
        self._expect(")")
        needed = amount * len(names) if share else amount * 100
        return lambda states: (
            100 * sum((states[name] is wanted) is not inverted for name in names) >= needed
        )

    def _at(self, word: str) -> None:
        if self._word != word:
            raise self._unexpected(f"'{word}'")

    def _name(self) -> str:
        """The name after the current token; it may hold anything when it is quoted."""
        match = _NAME.match(self._text, self._position)
        if match is None:
            self._advance()
            raise self._unexpected("an alarm's name or ARN")
        self._position = match.end()
        name = alarm_name(match[str(match.lastgroup)].replace('\\"', '"'))
        self._children[name] = None
        self._advance()
        return name
