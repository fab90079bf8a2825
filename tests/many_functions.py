"""Projects of any number of functions, for what has to hold at every size."""

import shutil
from pathlib import Path
from typing import Any

import yaml

from tests.conftest import copy_project

KEY = "team-{:03}"


def project_of(target: Path, count: int, key: str = KEY, **settings: Any) -> Path:
    """A copy of the project with ``count`` functions, each a link to ``orders``.

    ``target`` may be such a copy already; it is then brought to the new size. ``key`` is what the
    functions are called, with the place of their number; ``settings`` go to the top of the file.
    """
    root = target if target.is_dir() else copy_project(target)
    keys = [key.format(number) for number in range(count)]
    for function in keys:
        if not (root / "functions" / function).exists():
            (root / "functions" / function).symlink_to("orders")
    file = root / "monitoring.yml"
    document = yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    document |= settings
    document["functions"] = {key: {"timeout": 6, "memory": 256} for key in keys}
    text = yaml.dump(document, Dumper=yaml.CSafeDumper, sort_keys=False)
    file.write_text(text, encoding="utf-8")
    shutil.rmtree(root / "tests" / "alarms", ignore_errors=True)  # about the demo's functions
    return root
