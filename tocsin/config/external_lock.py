"""``external.lock.json``: which functions of the account a prefix or a tag gave, by stage.

Written where a list is asked for (``tocsin/aws/discovery.py``) and committed: without credentials,
and for whoever comes next, the stack is then the same.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tocsin import documents
from tocsin.config.external_settings import ExternalFunctions
from tocsin.exceptions import InputError
from tocsin.typed_command import typed

LISTED_FILE = "external.lock.json"


class ListedError(InputError):
    """external.lock.json is not what listing writes."""


@dataclass(frozen=True)
class Selector:
    """What a list is made by: the beginning of names, or a tag and its value."""

    prefix: str | None = None
    tag: str | None = None
    value: str | None = None

    def __str__(self) -> str:
        return f"prefix {self.prefix}" if self.prefix else f"tag {self.tag}={self.value}"


@dataclass(frozen=True)
class Listed:
    """One function as the account lists it. Timeout in seconds."""

    name: str
    timeout: int
    log_group: str


# Stage -> selector as text -> functions by name.
Lists = Mapping[str, Mapping[str, tuple[Listed, ...]]]


def selector(entry: ExternalFunctions) -> Selector | None:
    """What ``entry`` lists by; None where it names one function."""
    if entry.name is not None:
        return None
    return Selector(entry.prefix, entry.tag, entry.value)


def read_listed(root: Path) -> Lists:
    """What was listed last; empty where there is no file.

    Raises:
        ListedError: the file is something else.
    """
    file = root / LISTED_FILE
    if not file.exists():
        return {}
    try:
        data = documents.json_value(documents.read_text(file))
        return {
            str(stage): {str(key): tuple(Listed(**fields) for fields in found)
                         for key, found in lists.items()}
            for stage, lists in data.items()
        }  # fmt: skip
    except (ValueError, TypeError, AttributeError) as error:
        raise ListedError(
            f"{LISTED_FILE}: found {error}; accepted: what `{typed('render')}` writes with "
            "credentials; delete it to have it written anew"
        ) from error


def write_listed(root: Path, stage: str, lists: Mapping[Selector, tuple[Listed, ...]]) -> bool:
    """Put the lists of ``stage`` in place of its former ones; whether that changes the file."""
    file = root / LISTED_FILE
    data: dict[str, Any] = {
        name: {key: [asdict(function) for function in found] for key, found in known.items()}
        for name, known in read_listed(root).items()
    }
    data[stage] = {
        str(key): [asdict(function) for function in found] for key, found in lists.items()
    }
    text = json.dumps(data, indent=2, sort_keys=True) + "\n"
    if file.exists() and file.read_text(encoding="utf-8") == text:
        return False
    file.write_text(text, encoding="utf-8")
    return True
