"""``attached.lock.json``: the functions that ``attach`` of monitoring.yml gave, by stage.

Written where a template or an account is asked (``tocsin/attach/refresh.py``) and committed:
without either, and for whoever comes next, the stack is then the same. It has nothing that an
environment variable holds.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, TypeAdapter, ValidationError

from tocsin import documents
from tocsin.config.field_types import DeployedName, LogGroup
from tocsin.config.local_names import is_local
from tocsin.exceptions import InputError
from tocsin.strict_model import StrictModel
from tocsin.typed_command import typed

ATTACHED_FILE = "attached.lock.json"
LOCAL_FILE = ".tocsin/attached.lock.json"
"""Of the local stages, which are on this machine only: not committed."""

Lacking = Literal["path", "layer", "table", "permission", "handler"]
"""What a function needs for its exceptions to become records, and has not."""

MOST_LETTERS = 1_000
"""Of each text of a function: what AWS takes is shorter."""

_Words = Annotated[str, StringConstraints(max_length=MOST_LETTERS)]


class Attached(StrictModel):
    """One function as a template and the account have it. Timeout in seconds, memory in MB.

    ``name`` and ``log_group`` are absent where only a deployment gives them. ``source`` is a path
    from the project's folder, empty where it is not known; ``handler`` is its own one, also where
    ``errorlog.auto`` stands before it (``automatic``). ``logs`` says that its log group was seen,
    ``gone`` that the account no longer has it.
    """

    id: _Words
    label: _Words
    name: DeployedName | None = None
    runtime: _Words = ""
    handler: _Words = ""
    timeout: int = Field(ge=1, le=900)
    memory: int = Field(ge=128, le=32_768)
    log_group: LogGroup | None = None
    reserved_concurrency: int | None = Field(default=None, ge=0)
    events: list[dict[str, Any]] = Field(default_factory=list)
    source: _Words = ""
    lacks: list[Lacking] = Field(default_factory=list)
    unknown: list[Lacking] = Field(default_factory=list)
    automatic: bool = False
    answers_drill: bool = False
    logs: bool = False
    gone: bool = False


# Stage -> what is attached to, as text -> its functions.
AttachedLists = Mapping[str, Mapping[str, Sequence[Attached]]]
_FILE: TypeAdapter[dict[str, dict[str, list[Attached]]]] = TypeAdapter(
    dict[str, dict[str, list[Attached]]]
)


class AttachedError(InputError):
    """attached.lock.json is not what attaching writes."""


def read_attached(root: Path) -> AttachedLists:
    """What was found last; empty where there is no file.

    Raises:
        AttachedError: a file is something else.
    """
    return {**_read(root / ATTACHED_FILE), **_read(root / LOCAL_FILE)}


def write_attached(root: Path, stage: str, found: Mapping[str, Sequence[Attached]]) -> bool:
    """Put what is attached on ``stage`` in place of what was; whether that changes the file."""
    file = root / (LOCAL_FILE if is_local(stage) else ATTACHED_FILE)
    known = {name: lists for name, lists in _read(file).items() if name != stage}
    data = {**known, stage: found} if found else known
    if not data and not file.exists():
        return False
    written = {
        name: {
            source: [
                function.model_dump(by_alias=True, exclude_defaults=True)
                for function in sorted(functions, key=lambda function: function.id)
            ]
            for source, functions in lists.items()
        }
        for name, lists in data.items()
    }
    text = json.dumps(written, indent=2, sort_keys=True) + "\n"
    if file.exists() and file.read_text(encoding="utf-8") == text:
        return False
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return True


def _read(file: Path) -> dict[str, dict[str, list[Attached]]]:
    if not file.exists():
        return {}
    try:
        return _FILE.validate_python(documents.json_value(documents.read_text(file)))
    except ValidationError as error:
        first = error.errors()[0]
        found = f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    except (OSError, documents.DocumentError) as error:
        found = str(error)
    raise AttachedError(
        f"{file.name}: found {found}; accepted: what `{typed('render')}` writes; delete it "
        "to have it written anew"
    )
