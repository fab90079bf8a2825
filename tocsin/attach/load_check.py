"""Loads one handler, bare or by errorlog.auto, in a Python of its own (``proof.py``), and tells.

    python -IS load_check.py REPORT RUNTIME_PACKAGES [PATH ...]

``PATH``s are the unpacked archive and the layer, in Lambda's order. Of RUNTIME_PACKAGES, where
packages are installed, only what Lambda's runtime brings can be imported. Nothing here imports
tocsin.
"""

import importlib
import importlib.machinery
import json
import os
import sys
import types
from collections.abc import Sequence
from pathlib import Path
from typing import Any

# https://docs.aws.amazon.com/lambda/latest/dg/lambda-python.html: the SDK and what it needs.
BROUGHT = frozenset({"boto3", "botocore", "s3transfer", "jmespath", "dateutil", "six", "urllib3"})


class RuntimePackages:
    """Finds what Lambda's runtime brings, in a folder that has more."""

    def __init__(self, folder: str) -> None:
        self._folder = folder

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if path is not None or name.partition(".")[0] not in BROUGHT:
            return None
        return importlib.machinery.PathFinder.find_spec(name, [self._folder])


def loaded() -> dict[str, Any]:
    """What becomes of the handler that the environment names."""
    own, automatic = os.environ["ERROR_LOG_HANDLER"], os.environ["TOCSIN_AUTOMATIC"] == "1"
    try:
        if automatic:
            from errorlog.auto import handler
        else:
            module, _, name = own.rpartition(".")
            handler = getattr(importlib.import_module(module.replace("/", ".")), name)
    except BaseException as error:
        return {"error": [type(error).__name__, f"{error}"[:1_000]]}
    mark = getattr(handler, "__errorlog_recorded__", None)
    depth = 0
    inside: Any = handler
    while inside is not None and depth < 50:
        depth += getattr(inside, "__errorlog_recorded__", None) is inside
        inside = getattr(inside, "__wrapped__", None)
    return {"callable": callable(handler), "recorded": mark is not None, "times": depth}


def main(arguments: list[str]) -> None:
    report, packages, *paths = arguments
    sys.path[:0] = paths
    sys.meta_path.append(RuntimePackages(packages))
    text = json.dumps(loaded())
    Path(report).write_text(text, encoding="utf-8")
    os._exit(0)  # what the handler's module has begun is not waited for


if __name__ == "__main__":
    main(sys.argv[1:])
