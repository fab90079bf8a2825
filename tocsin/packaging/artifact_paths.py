"""Where the archives of a stage are in its build folder, and how its stacks refer to them."""

import hashlib
import os
import re
from pathlib import Path
from typing import Any

from tocsin import names, product
from tocsin.config import Function, Stage
from tocsin.config.handlers import FUNCTIONS
from tocsin.config.osls_variables import has_variable
from tocsin.stacks import Stack

ARTIFACTS = "artifacts"


def build_folder(root: Path, stage: Stage) -> Path:
    return root / "build" / stage.name


def layer_artifact() -> str:
    """The layer's archive, relative to the build folder."""
    return f"{ARTIFACTS}/layer.zip"


def function_artifact(key: str) -> str:
    """A function's archive, relative to the build folder."""
    return f"{ARTIFACTS}/{key}.zip"


def made_from(function: Function) -> str | None:
    """The archive of a function, relative to the build folder; None where none is made for it.

    Functions with one folder of code have one archive, unless something else tells them apart.
    """
    package = function.keys.get("package") or {}
    if function.keys.get("image") or package.get("artifact"):
        return None
    if function.folder == f"{FUNCTIONS}/{function.key}":
        return function_artifact(function.key)
    top = re.split(r"[/.]", function.handler)[0]
    parts = (function.folder, top, function.runtime, function.architecture, package.get("patterns"))
    digest = hashlib.sha256(repr(parts).encode()).hexdigest()[:12]
    name = re.sub(r"[^\w-]+", "-", function.folder).strip("-") or "project"
    return function_artifact(f"{name[:40]}-{digest}")


def artifact_paths(root: Path, stack: Stack) -> dict[str, Any]:
    """The archives of a stack, as its serverless.yml refers to them."""
    # The archives are made once, beside the main stack.
    above = "../" if stack.part else ""
    return {
        "layer": above + layer_artifact(),
        "functions": {
            function.key: _artifact(root, stack, function, above) for function in stack.functions
        },
        "drill": above + function_artifact(names.DRILL),
        **{name: above + function_artifact(name) for name in product.LAMBDAS},
    }


def _artifact(root: Path, stack: Stack, function: Function, above: str) -> str | None:
    """The archive of a function as its stack's serverless.yml refers to it."""
    made = made_from(function)
    if made is not None:
        return above + made
    given = (function.keys.get("package") or {}).get("artifact")
    if given is None or str(given).startswith("s3://") or has_variable(given):
        return given
    return Path(os.path.relpath(root / str(given), stack.folder(root))).as_posix()
