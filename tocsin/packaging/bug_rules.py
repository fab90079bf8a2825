"""What the memory of bugs is told of monitoring.yml: a file in its archive (bugs/telling.py)."""

import json
from pathlib import Path

from tocsin.config import Stage
from tocsin.packaging.artifact_paths import ARTIFACTS

INSIDE = "bugs/bug_rules.json"
"""Its name in the archive."""


def write(stage: Stage, folder: Path) -> Path:
    """Write the file below the build folder ``folder``; the same stage gives the same bytes."""
    rules = {
        "functions": {
            function.name: {"key": function.key, "owner": function.owner}
            for function in stage.watched
        },
        "severities": [rule.model_dump(exclude_none=True) for rule in stage.bugs.severity],
        "new": stage.bugs.new,
        "regressed": stage.bugs.regressed,
    }
    file = folder / ARTIFACTS / "bug_rules.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(rules, indent=1, sort_keys=True), encoding="utf-8")
    return file
