"""A project as `init` makes it, and products of other versions to bring it up to."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tocsin import product
from tocsin.scaffold import init, upgrade
from tocsin.scaffold.project_answers import Answers
from tocsin.scaffold.project_files import ProjectFile, project_files


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """A new project."""
    return init(tmp_path / "a shop").root


@pytest.fixture
def next_version(
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[[dict[str, str | None]], None]:
    """``next_version({"inv": ""})``: what is installed has another file; of None it has none."""

    def install(changed: dict[str, str | None], version: str = "99.0.0") -> None:
        def files(answers: Answers) -> dict[str, ProjectFile]:
            found = project_files(answers)
            for name, text in changed.items():
                found.pop(name, None)
                if text is not None:
                    found[name] = ProjectFile(text.encode())
            return found

        monkeypatch.setattr(upgrade, "project_files", files)
        monkeypatch.setattr(product, "version", lambda: version)

    return install
