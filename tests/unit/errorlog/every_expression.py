"""Every regular expression of what reads records and logs, as ``re`` was given it.

Run as a program: prints a JSON list of [file, line, expression, flags].
"""

import importlib
import json
import pkgutil
import re
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[3]
FOLDERS = [ROOT / "errorlog", ROOT / "collector", ROOT / "notifier", ROOT / "bugs",
           ROOT / "tocsin" / "triage"]  # fmt: skip


def main() -> None:
    found: set[tuple[str, int, str, int]] = set()
    compile_it = re._compile  # type: ignore[attr-defined]

    def recording(pattern: Any, flags: Any) -> Any:
        frame = sys._getframe(2)
        path = Path(frame.f_code.co_filename)
        if any(folder in path.parents for folder in FOLDERS) and isinstance(pattern, str):
            found.add((str(path.relative_to(ROOT)), frame.f_lineno, pattern, int(flags)))
        return compile_it(pattern, flags)

    re._compile = recording  # type: ignore[attr-defined]
    sys.path.insert(0, str(ROOT))
    for folder in FOLDERS:
        package = ".".join(folder.relative_to(ROOT).parts)
        for module in pkgutil.walk_packages([str(folder)], f"{package}."):
            if not module.name.endswith((".auto", ".__main__")):
                importlib.import_module(module.name)
    use_the_lazy_ones()
    json.dump(sorted(found), sys.stdout)


def use_the_lazy_ones() -> None:
    from errorlog import lazy_pattern, patterns, redaction

    for declared in lazy_pattern.every_pattern():
        declared.search("")
    own = patterns.Patterns(("licence_plate", "x-*-id"), emails=True)
    redaction.Sanitiser(own, 1_000).plain("dXNlcj1hbm4mcGFzcz13b3Jk")


if __name__ == "__main__":
    main()
