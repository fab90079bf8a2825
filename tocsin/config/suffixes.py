"""What the names of a stage's resources may end with, so that no other stage has one of them."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from tocsin import names
from tocsin.config.document import Problem
from tocsin.config.field_types import LONGEST_SUFFIX, SUFFIX

# A stage `2-dev` and the second stack of `dev` would have one name.
_LIKE_A_SIBLING = re.compile(r"(\d+|summary)-.+")

# `orders-function-function-dev` is orders on `function-dev`, and orders-function on `dev`.
_LIKE_A_NAME = re.compile(rf"(.*-)?({'|'.join(names.MARKS)})-.+")


def suffix_of(stage: str, settings: Mapping[str, Any] | None) -> str:
    """The suffix of ``stage``, whose settings are as written."""
    return str((settings or {}).get("environmentSuffix") or stage)


def accepted_suffix(suffix: str) -> bool:
    """Whether a stage may have this suffix, if no other of its file has it."""
    fits = len(suffix) <= LONGEST_SUFFIX and re.match(SUFFIX, suffix)
    return bool(fits) and not any(suffix_problems({suffix: None}))


def suffix_problems(stages: Mapping[str, Any]) -> Iterator[Problem]:
    """What is wrong with the suffixes of ``stages``: name -> settings as written."""
    first: dict[str, str] = {}
    for stage, settings in stages.items():
        if settings is not None and not isinstance(settings, dict):
            continue  # the model says so
        suffix = suffix_of(str(stage), settings)
        found, accepted = repr(suffix), ""
        if suffix in first:
            found += f", which stage {first[suffix]} has too"
            accepted = (
                "one of its own, since names end with it, in another region too: those of roles "
                "are the account's"
            )
        elif _LIKE_A_SIBLING.fullmatch(suffix):
            accepted = (
                "one that does not begin as the further stacks of a stage are called "
                "(2-dev, summary-dev)"
            )
        elif _LIKE_A_NAME.fullmatch(suffix):
            marks = ", ".join(f"{mark}-" for mark in names.MARKS)
            accepted = f"one without {marks} in it: another stage could have the same names"
        if accepted:
            yield Problem(("stages", str(stage), "environmentSuffix"), found, accepted)
        first.setdefault(suffix, str(stage))
