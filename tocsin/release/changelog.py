"""The changelog: what is unreleased becomes a version of a day."""

import re
from datetime import date

from tocsin.exceptions import InputError

UNRELEASED = "## Unreleased"
_RELEASED = re.compile(r"^## (\d+\.\d+\.\d+) - \d{4}-\d\d-\d\d$", re.MULTILINE)
VERSION = re.compile(r"\d+\.\d+\.\d+")


class ChangelogError(InputError):
    """The changelog has nothing to release, or a version that comes later."""


def signed_off(text: str, version: str, day: date) -> str:
    """The changelog with what is unreleased as ``version``, and an empty section above it.

    Raises:
        ChangelogError: nothing is unreleased, or ``version`` does not follow the last one.
    """
    before, heading, after = text.partition(f"{UNRELEASED}\n")
    if not heading:
        raise ChangelogError(f"CHANGELOG.md: found no `{UNRELEASED}`; accepted: one, with entries")
    section = re.split(r"^## ", after, maxsplit=1, flags=re.MULTILINE)[0]
    if not re.search(r"^- ", section, re.MULTILINE):
        raise ChangelogError(f"CHANGELOG.md: found nothing below `{UNRELEASED}`; accepted: entries")
    released = _RELEASED.search(after)
    if not VERSION.fullmatch(version) or (released and _numbers(version) <= _numbers(released[1])):
        last = f" after {released[1]}" if released else ""
        raise ChangelogError(f"found version {version!r}; accepted: one such as 1.2.0{last}")
    return f"{before}{UNRELEASED}\n\n## {version} - {day.isoformat()}\n{after}"


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in version.split("."))
