"""A module that starting a function imports and nothing ships is found, and nothing else is."""

import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import DEMO
from tocsin import config
from tocsin.check.import_rules import imports
from tocsin.cloudformation.template import Template
from tocsin.packaging.artifact_paths import build_folder, function_artifact, layer_artifact

LAMBDA = "AWS::Lambda::Function"


def _zip(file: Path, names: list[str]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(file, "w") as opened:
        for name in names:
            opened.writestr(name, "")


def _template(*layers: str) -> Template:
    properties = {"FunctionName": "orders-function-dev", "Layers": [*layers]}
    return Template({"Resources": {"A": {"Type": LAMBDA, "Properties": properties}}})


def _found(
    root: Path,
    files: dict[str, str],
    shipped: tuple[str, ...] = (),
    layers: tuple[str, ...] = ("errorlog",),
    **changed: Any,
) -> list[str]:
    """The findings for a function of ``files``, whose archive has ``shipped``, too."""
    source = root / "functions" / "orders"
    for name, text in files.items():
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_text(text)
    stage = config.load(DEMO, "dev")
    function = replace(stage.function("orders"), source=source, **changed)
    build = build_folder(root, stage)
    _zip(build / layer_artifact(), ["python/errorlog/__init__.py", "python/typing_more.py"])
    _zip(build / function_artifact("orders"), [*files, *shipped])
    stage = replace(stage, functions=(function,))
    return [finding.message for finding in imports(root, stage, _template(*layers))]


@pytest.mark.parametrize(
    ("files", "lacking"),
    [
        ({"handler.py": "import requests"}, "handler.py imports requests"),
        ({"handler.py": "from requests.auth import X"}, "handler.py imports requests"),
        ({"handler.py": "import json, yaml as y"}, "handler.py imports yaml"),
        ({"handler.py": "import db", "db.py": "import psycopg2"}, "db.py imports psycopg2"),
        (
            {"handler.py": "from shop import db", "shop/__init__.py": "", "shop/db.py": "import x"},
            "shop/db.py imports x",
        ),
        (
            {"handler.py": "import shop.db", "shop/__init__.py": "import y", "shop/db.py": ""},
            "shop/__init__.py imports y",
        ),
        (
            {"handler.py": "import a.b", "a/b.py": "from .c import d", "a/c.py": "import z"},
            "a/c.py imports z",
        ),
    ],
)
def test_what_nothing_ships_is_found(tmp_path, files, lacking) -> None:
    (message,) = _found(tmp_path, files)
    assert message.startswith(f"{lacking}, which no requirement, layer or runtime has")


@pytest.mark.parametrize(
    "text",
    [
        "import json, boto3, botocore.client, errorlog, typing_more, requests, shop",
        "from __future__ import annotations",
        "import google.cloud.storage",  # a namespace package
        "try:\n    import orjson\nexcept ImportError:\n    import json",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import mypy_boto3_s3",
        "def handler(event, context):\n    import pandas",
        "import sys\nsys.path.insert(0, '/mnt/efs')\nimport numpy",
        "import distutils, compression.zstd",  # of an older, and of a newer Python
        "import (",
        "from . import sibling",
        "from .. import beyond",
    ],
)
def test_what_may_be_there_is_not(tmp_path, text) -> None:
    shipped = ("requests/__init__.py", "google/cloud/storage/__init__.py", "_speed.so")
    assert _found(tmp_path, {"handler.py": text, "shop.py": ""}, shipped) == []


@pytest.mark.parametrize(
    "changed",
    [
        {"keys": {"image": "shop"}},
        {"keys": {"package": {"artifact": "made.zip"}}},
        {"environment": {"PYTHONPATH": "/mnt/efs"}},
        {"runtime": "nodejs22.x"},
        {"handler": "another.handler"},
    ],
)
def test_what_is_shipped_elsewhere_is_not_known(tmp_path, changed) -> None:
    assert _found(tmp_path, {"handler.py": "import requests"}, **changed) == []


def test_layers_may_have_anything(tmp_path) -> None:
    files = {"handler.py": "import requests"}
    assert _found(tmp_path, files) != []
    assert _found(tmp_path, files, layers=("errorlog", "requests")) == []


def test_without_archives_nothing_is_known(tmp_path) -> None:
    assert list(imports(tmp_path, config.load(DEMO, "dev"), _template())) == []
