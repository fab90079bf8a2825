"""The local stages of a project by their names: folders, ports, and what is refused."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from tocsin.exceptions import InputError
from tocsin.local import LocalStage, LocalStageError, RootKey, project, stage


@pytest.fixture
def speeds() -> list[bool | None]:
    """Whether each was started at full speed."""
    return []


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch, speeds: list[bool | None]) -> list[tuple[int, Path]]:
    """Ports and folders of the stages that would have been started."""
    asked: list[tuple[int, Path]] = []

    def start(port: int, directory: Path, *, region: str, full_speed: bool | None) -> LocalStage:
        asked.append((port, directory))
        speeds.append(full_speed)
        return LocalStage(port, 0, "", str(directory), RootKey.new(), region=region)

    monkeypatch.setattr(stage, "start", start)
    monkeypatch.delenv(project.FULL_SPEED_VARIABLE, raising=False)
    monkeypatch.delenv(project.PORT_VARIABLE, raising=False)
    return asked


def test_each_has_a_folder_of_its_name(tmp_path: Path, started: list[tuple[int, Path]]) -> None:
    for name in ("local", "local-second"):
        project.start(tmp_path, "eu-west-1", 5000, name)
    assert started == [
        (5000, tmp_path / ".tocsin" / "local"),
        (5000, tmp_path / ".tocsin" / "local-second"),
    ]


def test_the_default_port_where_it_is_free_and_another_where_not(
    tmp_path: Path, started: list[tuple[int, Path]], monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        monkeypatch.setattr(stage, "PORT", other.getsockname()[1])
        other.listen()
        project.start(tmp_path, "eu-west-1")
    project.start(tmp_path, "eu-west-1")
    (chosen, _), (default, _) = started
    assert default == stage.PORT
    assert chosen != default
    assert 1024 <= chosen <= 65_535


def test_a_port_that_was_asked_for_is_the_one(
    tmp_path: Path, started: list[tuple[int, Path]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(project.PORT_VARIABLE, "5001")
    project.start(tmp_path, "eu-west-1")
    project.start(tmp_path, "eu-west-1", 5002)
    assert [port for port, _ in started] == [5001, 5002]


@pytest.mark.parametrize("text", ["80", "x", "-1", "65536", "4599.0", "\u0664\u0665\u0669\u0669"])
def test_a_port_that_is_none_is_refused(
    tmp_path: Path,
    started: list[tuple[int, Path]],
    monkeypatch: pytest.MonkeyPatch,
    text: str,
) -> None:
    monkeypatch.setenv(project.PORT_VARIABLE, text)
    with pytest.raises(InputError, match="accepted: a port from 1024 to 65535"):
        project.start(tmp_path, "eu-west-1")
    assert started == []


@pytest.mark.parametrize("name", ["dev", "", "locale", "Local", "../local", "local/../../x"])
def test_a_stage_on_aws_has_no_process_here(tmp_path: Path, name: str) -> None:
    for action in (project.running, project.stop):
        with pytest.raises(InputError, match="accepted: local, or a stage"):
            action(tmp_path, name)
    with pytest.raises(InputError, match="accepted: local, or a stage"):
        project.start(tmp_path, "eu-west-1", 5000, name)


@pytest.mark.parametrize("name", ["local", "local-second"])
def test_one_that_does_not_run_says_how_to_start_it(tmp_path: Path, name: str) -> None:
    with pytest.raises(LocalStageError) as caught:
        project.running(tmp_path, name)
    assert f"`./inv deploy --stage {name}`" in str(caught.value)


@pytest.mark.parametrize(
    ("variable", "asked", "given"),
    [
        ("", None, False),
        ("0", None, False),
        ("1", None, True),
        ("1", False, False),
        ("", True, True),
    ],
)
def test_functions_have_what_lambda_gives_them_unless_full_speed_is_asked_for(
    tmp_path: Path,
    started: list[tuple[int, Path]],
    speeds: list[bool | None],
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
    asked: bool | None,
    given: bool,
) -> None:
    monkeypatch.setenv(project.FULL_SPEED_VARIABLE, variable)
    project.start(tmp_path, "eu-west-1", 5000, full_speed=asked)
    assert speeds == [given]
    assert len(started) == 1


def test_a_speed_that_is_none_is_refused(
    tmp_path: Path, started: list[tuple[int, Path]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(project.FULL_SPEED_VARIABLE, "yes")
    with pytest.raises(InputError, match="TOCSIN_LOCAL_FULL_SPEED: found 'yes'; accepted: 0 or 1"):
        project.start(tmp_path, "eu-west-1")
    assert started == []
