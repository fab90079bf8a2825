"""The words of a command, read one after another: which of them, or what in them, is a secret."""

from __future__ import annotations

from errorlog.commands import Program, programs_of
from errorlog.secret_keys import STRONG, WEAK, KeyKind
from errorlog.secret_values import ABOUT_COMMANDS, NO_USERS

TOLD = KeyKind(STRONG, 1)
_MADE = KeyKind(WEAK, 12)
_MAX_READINGS = 8  # of nested programs: sudo docker exec db mysql

Span = tuple[int, int, KeyKind]


class CommandLine:
    """The words of a command, told one after another."""

    def __init__(self) -> None:
        self._readings: list[_Reading] = []

    @property
    def due(self) -> bool:
        """Whether the next word is a value."""
        return any(reading.due is not None for reading in self._readings)

    @property
    def under_way(self) -> bool:
        return bool(self._readings)

    def word(self, word: str) -> Span | None:
        """Where in ``word`` a secret stands, if anywhere, and how sure that is."""
        was_due = self.due
        found: Span | None = None
        for reading in self._readings:
            found = reading.word(word) or found
        if not was_due:
            named = [_Reading(program) for program in programs_of(word)]
            self._readings = [*named, *self._readings][:_MAX_READINGS]
        return found


class _Reading:
    """What one program makes of its words."""

    __slots__ = ("_counts", "_met", "_program", "_signed_on", "due")

    def __init__(self, program: Program) -> None:
        self._program = program
        self._met = not program.needs
        self._counts = {"": 0, "/": 0}
        self._signed_on = False
        # What stands before the secret in the next word; "" where that is all of it.
        self.due: str | None = None

    def word(self, word: str) -> Span | None:
        program, due = self._program, self.due
        if due is not None:
            self.due = None
            if word[:1] != "-":
                return _after(word, 0, due)
        if not word:
            return None
        if not self._met:
            self._met = _is_option(word, program.needs)
        for name, _, _ in program.places:
            if (name == "\\\\" and word.startswith(name)) or (name and _is_option(word, name)):
                self._counts[name] = -1 if word[:1] not in "-" else 0
        if not self._met:
            return None
        for begun in program.begun:
            if word.startswith(begun) and len(word) > len(begun):
                return len(begun), len(word), TOLD
        if word in program.values:
            self.due = ""
            return None
        if word[0] == "-":
            return self._option(word)
        if program.signs_on and "@" in word:
            return _signed_on(word)
        if (word[0] == "/" and ":" in word) or (len(word) == 2 and word[1] == ":"):
            return None  # /user:ann, and a drive
        return self._place(word)

    def _option(self, word: str) -> Span | None:
        program = self._program
        for begun in program.attached:
            if word.startswith(begun) and len(word) > len(begun):
                return len(begun), len(word), TOLD
        name, equals, _ = word.partition("=")
        for option in (name, word[:2], f"-*{word[-1]}", f"-*{word[1:2]}"):
            mark = "" if option in program.values else program.pairs.get(option)
            if mark is None:
                continue
            if option == name:
                if equals:
                    return _after(word, len(name) + 1, mark)
            elif option[1] != "*" or option[2] == word[1]:
                if len(word) > 2:
                    return _after(word, 2, mark)
            elif not word[1:].isalpha():
                continue
            self.due = mark
            return None
        return None

    def _place(self, word: str) -> Span | None:
        for name in self._counts:
            self._counts[name] += 1
        for name, number, made in self._program.places:
            if name not in self._counts:
                continue
            if name == "/":
                user, _, rest = word.partition("/")
                if not self._signed_on and user.isidentifier() and rest[:1] not in ("", "/"):
                    self._signed_on = True
                    return len(user) + 1, len(user) + 1 + len(rest.partition("@")[0]), TOLD
                continue
            if self._counts[name] == number and not (
                name == "auth" and word.lower() in ABOUT_COMMANDS
            ):
                return 0, len(word), _MADE if made else TOLD
        return None


def _signed_on(word: str) -> Span | None:
    """The password of ann:x@host; git@host:path and host:path@2 have none."""
    colon, at = word.find(":"), word.rfind("@")
    user = word[: max(0, colon)]
    if not user or "@" in user or user.lower() in NO_USERS or "/" in word[:at]:
        return None
    return (colon + 1, at, TOLD) if colon < at - 1 and word[at + 1 :] else None


def _is_option(word: str, name: str) -> bool:
    """Whether ``word`` is ``name``, or for a letter such as -b has it among others: -nb."""
    if word == name or (name.isalpha() and word.lower() == name):
        return True
    short = len(name) == 2 and name[0] == "-" and word[:1] == "-" and word[1:2] != "-"
    return short and word[1:].isalpha() and name[1] in word


def _after(word: str, start: int, mark: str) -> Span | None:
    """The secret of ``word`` from ``start`` on: all of it, or what is after ``mark``."""
    if mark:
        at = word.find(mark, start)
        if at < 0:
            return None
        start = at + 1
    return (start, len(word), TOLD) if start < len(word) else None
