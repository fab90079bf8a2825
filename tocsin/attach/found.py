"""A function as a template has it, whatever tool made the template."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

DEFAULT_TIMEOUT_S = 3
DEFAULT_MEMORY_MB = 128
"""Lambda's own: https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html"""

# Of a function's variables only these are read: what others hold may be secrets.
TABLE_VARIABLE = "ERROR_LOG_TABLE"
HANDLER_VARIABLE = "ERROR_LOG_HANDLER"
DRILL_VARIABLE = "ERROR_LOG_DRILL_KEY"
# Where it is set, Lambda's runtime adds no layer to the path by itself:
# https://github.com/open-telemetry/opentelemetry-lambda/issues/1714
PATH_VARIABLE = "PYTHONPATH"
LAYERS_FOLDER = "/opt/python"


def ours(variables: Mapping[Any, Any], text: Callable[[Any], str | None]) -> dict[str, str | None]:
    """Those of a function's variables that are ours, by ``text``; the drill's key is a secret.

    With them a ``PYTHONPATH`` that hides layers, without its value.
    """
    found: dict[str, str | None] = {
        name: text(variables[name])
        for name in (TABLE_VARIABLE, HANDLER_VARIABLE)
        if name in variables
    }
    if DRILL_VARIABLE in variables:
        found[DRILL_VARIABLE] = None
    if PATH_VARIABLE in variables and LAYERS_FOLDER not in (text(variables[PATH_VARIABLE]) or ""):
        found[PATH_VARIABLE] = None
    return found


@dataclass(frozen=True)
class Statement:
    """One statement of a policy; a part that only a deployment knows is None."""

    effect: str
    actions: tuple[str, ...]
    resources: tuple[str | None, ...]


@dataclass(frozen=True, kw_only=True)
class FoundFunction:
    """What a template says of one function. Timeout in seconds, memory in MB.

    ``id`` is the logical id (``Nested/Id`` of a nested stack) or Terraform's address, ``label``
    what its owner calls it. ``name``, ``log_group`` and a layer are None where only a deployment
    knows them, ``statements`` where its role is elsewhere. ``own_layers`` says that layers for all
    functions do not reach it, as far as that is known. ``variables`` has the values of ours only;
    one that is set to what is not known is None. ``is_sam`` says that it is SAM's kind of function,
    which Globals reach, ``role`` which role of the template it has; without one, SAM makes a role
    of its policies. ``made_by`` and ``role_made_by`` are where a loop has them, of those that one
    makes. ``source`` is the folder that its handler is named from, ``archive`` the zip file or
    folder that is deployed, where they are on this machine.
    """

    id: str
    label: str
    name: str | None
    runtime: str
    handler: str
    timeout: int = DEFAULT_TIMEOUT_S
    memory: int = DEFAULT_MEMORY_MB
    log_group: str | None = None
    reserved_concurrency: int | None = None
    events: tuple[dict[str, Any], ...] = ()
    layers: tuple[str | None, ...] = ()
    own_layers: bool = False
    variables: Mapping[str, str | None] = field(default_factory=dict)
    statements: tuple[Statement, ...] | None = None
    is_sam: bool = False
    role: str = ""
    made_by: str = ""
    role_made_by: str = ""
    source: Path | None = None
    archive: Path | None = None

    @property
    def nested_in(self) -> str:
        """The nested stack that it is of, of a stack of CloudFormation."""
        return self.id.rpartition("/")[0]

    @property
    def logical_id(self) -> str:
        """Its id in its own template, of a stack of CloudFormation."""
        return self.id.rpartition("/")[2]

    @property
    def is_python(self) -> bool:
        """Whether errorlog can be in it; an image tells nothing of what runs in it."""
        return self.runtime.startswith("python")


@dataclass(frozen=True)
class FoundStack:
    """The functions of one stack, or of one plan.

    ``name`` is empty where nothing says what the stack is called. ``tool`` is what writes its
    functions down: ``serverless``, ``sam``, ``cdk``, ``terraform`` or ``cloudformation``.
    ``notes`` say what was seen and not understood; ``declaration`` is the file to change, where
    one is known, and ``stage`` the stage that it was compiled for.
    """

    name: str
    tool: str
    functions: tuple[FoundFunction, ...]
    notes: tuple[str, ...] = ()
    declaration: Path | None = None
    stage: str = ""
