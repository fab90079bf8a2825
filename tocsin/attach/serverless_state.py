"""``serverless-state.json``, which osls and the Serverless Framework leave beside their template.

It has what the template has not: the keys of functions, the stage it was packaged for, the name of
the stack. Of its variables and resources nothing is read.
"""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tocsin.attach.found import FoundFunction
from tocsin.cloudformation.template_file import read_template

STATE_FILE = "serverless-state.json"
TEMPLATE_FILE = "cloudformation-template-update-stack.json"
_DECLARATIONS = ("serverless.yml", "serverless.yaml")


@dataclass(frozen=True)
class ServerlessState:
    """``artifacts`` has the archive of each function, by its deployed name, where it is there.

    ``with_layers`` are the functions, by their deployed names, whose own ``layers`` stand before
    the provider's.
    """

    stage: str
    stack: str
    keys: Mapping[str, str]
    artifacts: Mapping[str, Path]
    with_layers: frozenset[str]
    declaration: Path | None


def read_state(template: Path) -> ServerlessState | None:
    """What stands beside ``template``; None where nothing does.

    Raises:
        InputError: the file cannot be read.
    """
    file = template.parent / STATE_FILE
    if not file.is_file():
        return None
    document = _mapping(read_template(file))
    service, package = _mapping(document.get("service")), _mapping(document.get("package"))
    provider = _mapping(service.get("provider"))
    # `provider.stage` is the default; where the archives go is of the stage that was packaged.
    parts = _text(package.get("artifactDirectoryName")).split("/")
    stage = parts[-2] if len(parts) > 2 else _text(provider.get("stage"))
    name = _text(service.get("service"))
    keys: dict[str, str] = {}
    artifacts: dict[str, Path] = {}
    with_layers: set[str] = set()
    for key, function in _mapping(service.get("functions")).items():
        deployed = _text(_mapping(function).get("name"))
        keys[deployed] = str(key)
        if "layers" in _mapping(function):
            with_layers.add(deployed)
        written = _text(_mapping(_mapping(function).get("package")).get("artifact"))
        archive = template.parent / (written or _text(package.get("artifact")) or f"{key}.zip")
        if os.path.isfile(archive):  # False for a name that no file can have
            artifacts[deployed] = archive
    return ServerlessState(
        stage=stage,
        stack=_text(provider.get("stackName")) or (f"{name}-{stage}" if name and stage else ""),
        keys=keys,
        artifacts=artifacts,
        with_layers=frozenset(with_layers),
        declaration=_declaration(template.parent.parent, _text(service.get("serviceFilename"))),
    )


def with_state(
    functions: Iterable[FoundFunction], state: ServerlessState
) -> tuple[FoundFunction, ...]:
    """``functions`` by their keys, with the archive that has their code."""
    return tuple(
        replace(
            function,
            label=state.keys.get(function.name or "", function.label),
            archive=state.artifacts.get(function.name or ""),
            own_layers=function.name in state.with_layers,
            source=state.declaration.parent if state.declaration else None,
        )
        for function in functions
    )


def _declaration(folder: Path, named: str) -> Path | None:
    wanted = [f"{named}.yml", f"{named}.yaml", named] if named and "/" not in named else []
    found = (folder / name for name in (*wanted, *_DECLARATIONS))
    return next((file for file in found if os.path.isfile(file)), None)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) and "\0" not in value and len(value) < 1_000 else ""
