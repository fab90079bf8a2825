"""Projects of any number of functions, for what has to hold at every size."""

import shutil
from pathlib import Path

import yaml

from tests.conftest import copy_project

KEY = "team-{:03}"


def project_of(target: Path, count: int) -> Path:
    """A copy of the project with ``count`` functions, each a link to ``orders``.

    ``target`` may be such a copy already; it is then brought to the new size.
    """
    root = target if target.is_dir() else copy_project(target)
    keys = [KEY.format(number) for number in range(count)]
    for key in keys:
        if not (root / "functions" / key).exists():
            (root / "functions" / key).symlink_to("orders")
    file = root / "monitoring.yml"
    document = yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    document["functions"] = {key: {"timeout": 6, "memory": 256} for key in keys}
    text = yaml.dump(document, Dumper=yaml.CSafeDumper, sort_keys=False)
    file.write_text(text, encoding="utf-8")
    shutil.rmtree(root / "tests" / "alarms", ignore_errors=True)  # about the demo's functions
    return root
