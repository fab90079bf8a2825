"""Values of options as people type them: durations (90s, 5m, 1h, 2d), counts, rates,
amounts, percentages."""

import os
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from tocsin.exceptions import InputError

_UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
_FORM = re.compile(r"(\d+)([smhd])")


def seconds(text: str, option: str, most: int | None = None) -> int:
    """``5m`` -> 300. ``option`` names where the text came from, for the error.

    Raises:
        InputError: another form, no time at all, or more than ``most`` seconds.
    """
    match = _FORM.fullmatch(text.strip())
    total = int(match[1]) * _UNITS[match[2]] if match else 0
    if not total:
        raise InputError(f"{option}: found {text!r}; accepted: a duration such as 90s, 5m or 1h")
    if most is not None and total > most:
        raise InputError(
            f"{option}: found {text!r}; accepted: at most {most // _UNITS['d']}d at once"
        )
    return total


def moment(text: str, option: str) -> datetime:
    """``2026-12-01T08:00Z``, or ``2026-12-01`` for its beginning in UTC.

    Raises:
        InputError: no time of ISO 8601.
    """
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        raise InputError(
            f"{option}: found {text!r}; accepted: a time such as 2026-12-01T08:00Z"
        ) from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def pairs(texts: Iterable[str], option: str = "--parameter") -> dict[str, str]:
    """``["A=1", "B=x=y"]`` -> ``{"A": "1", "B": "x=y"}``.

    Raises:
        InputError: one without a name or without ``=``.
    """
    found = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not name.strip() or not equals:
            raise InputError(f"{option}: found {text!r}; accepted: name=value")
        found[name.strip()] = value
    return found


def rate(text: str, option: str) -> float:
    """``0.5`` -> 0.5.

    Raises:
        InputError: no number, or less than none.
    """
    if not re.fullmatch(r"\d+(\.\d+)?", text.strip()):
        raise InputError(f"{option}: found {text!r}; accepted: a number such as 1 or 0.5")
    return float(text)


def count(text: str, option: str) -> int:
    """``20`` -> 20.

    Raises:
        InputError: no whole number, or less than one.
    """
    if not text.strip().isdecimal() or int(text) < 1:
        raise InputError(f"{option}: found {text!r}; accepted: a whole number, 1 or more")
    return int(text)


def port(text: str, option: str) -> int:
    """``4599`` -> 4599; 0 where nothing was asked for.

    Raises:
        InputError: no port that anybody may listen on.
    """
    wanted = text.strip()
    if wanted and not (re.fullmatch(r"[0-9]{4,5}", wanted) and 1024 <= int(wanted) <= 65_535):
        raise InputError(f"{option}: found {text!r}; accepted: a port from 1024 to 65535")
    return int(wanted or 0)


def output_file(text: str, option: str) -> Path:
    """The file that is to be written when all is computed, which may take minutes.

    Raises:
        InputError: it could not be written.
    """
    file = Path(text)
    if file.is_dir() or not file.parent.is_dir():
        raise InputError(f"{option}: found {text!r}; accepted: a file in a folder that is there")
    if not os.access(file if file.exists() else file.parent, os.W_OK):
        raise InputError(f"{option}: found {text!r}; accepted: a file that you may write")
    return file


def account(text: str, option: str) -> str:
    """``123456789012``; ``*`` or nothing, where it is not said which.

    Raises:
        InputError: no number of an account.
    """
    if not re.fullmatch(r"[0-9]{12}|\*|", text):
        raise InputError(f"{option}: found {text!r}; accepted: the 12 digits of an account")
    return text


def amount(text: str, option: str) -> float:
    """``2.5k`` -> 2500; k, m and b are thousands, millions and billions; ``1_000`` is 1000.

    Raises:
        InputError: another form.
    """
    match = re.fullmatch(r"(\d[\d_]*(?:\.\d+)?)([kmb]?)", text.strip().lower())
    if match is None:
        raise InputError(f"{option}: found {text!r}; accepted: a number such as 250k, 1m or 1_000")
    return float(match[1].replace("_", "")) * {"": 1, "k": 1e3, "m": 1e6, "b": 1e9}[match[2]]


def percent(text: str, option: str) -> float:
    """``0.5%`` -> 0.005.

    Raises:
        InputError: no percentage from 0 to 100.
    """
    match = re.fullmatch(r"(\d+(?:\.\d+)?) ?%", text.strip())
    share = float(match[1]) / 100 if match else -1.0
    if not 0 <= share <= 1:
        raise InputError(f"{option}: found {text!r}; accepted: a percentage such as 0.5%")
    return share
