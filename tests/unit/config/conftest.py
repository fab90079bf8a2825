from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from tests.unit.config.monitoring_files import HANDLER


@pytest.fixture
def written(tmp_path: Path) -> Callable[[str], Path]:
    """``written(text)`` writes monitoring.yml into a project with the functions a and b."""
    for name in ("a", "b"):
        folder = tmp_path / "functions" / name
        folder.mkdir(parents=True)
        (folder / "handler.py").write_text(HANDLER)

    def write(text: str) -> Path:
        (tmp_path / "monitoring.yml").write_text(dedent(text))
        return tmp_path

    return write
