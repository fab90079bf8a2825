"""What a project was made with: `.tocsin-base/answers.yml`, beside the files as they were made."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tocsin.exceptions import InputError

BASE = Path(".tocsin-base")
FILE = BASE / "answers.yml"
_HEAD = (
    "# The files here are as tocsin made them: `tocsin upgrade` tells by them what is yours.\n"
    "# Commit them, and leave them as they are.\n"
)


class NotMadeHere(InputError):
    """A project has no answers, or none that can be read: nobody knows what it was made as."""


@dataclass(frozen=True)
class Answers:
    """``version`` is the tocsin that made or last upgraded the project."""

    version: str
    service: str

    def text(self) -> str:
        """The content of answers.yml."""
        return _HEAD + yaml.safe_dump({"version": self.version, "service": self.service})


def read_answers(root: Path) -> Answers:
    """The answers of the project in ``root``.

    Raises:
        NotMadeHere: there are none, or they are not what ``tocsin init`` wrote.
    """
    try:
        found: Any = yaml.safe_load((root / FILE).read_text(encoding="utf-8"))
        return Answers(str(found["version"]), str(found["service"]))
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        raise NotMadeHere(
            f"found no {FILE} in {root}; accepted: a project that `tocsin init` made, with the "
            f"{BASE} that it wrote"
        ) from None
    except (ValueError, KeyError, TypeError, yaml.YAMLError):
        raise NotMadeHere(
            f"{root / FILE}: found something else than tocsin wrote; accepted: `version` and "
            "`service`, as in the last commit of it"
        ) from None
