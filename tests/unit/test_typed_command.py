"""A message names the command as it was typed; a file, the one that everybody has."""

import sys

import pytest

from tocsin.typed_command import of_project, typed


@pytest.mark.parametrize(
    ("started_as", "command"),
    [
        ("inv", "./inv"),  # the project's own script
        ("/home/a/.venv/bin/inv", "inv"),  # invoke's
        ("/home/a/.venv/bin/invoke", "invoke"),
        ("C:/venv/Scripts/invoke.exe", "invoke"),
        ("/home/a/.venv/bin/tocsin", "tocsin"),
        ("C:/venv/Scripts/tocsin.exe", "tocsin"),
        ("/venv/lib/python3.11/site-packages/tocsin/__main__.py", "python -m tocsin"),
        ("/venv/lib/python3.11/site-packages/invoke/__main__.py", "invoke"),
        ("/somewhere/__main__.py", "./inv"),
        ("", "./inv"),
    ],
)
def test_it_is_what_was_typed(monkeypatch, started_as, command) -> None:
    monkeypatch.setattr(sys, "argv", [started_as, "deploy"])
    assert typed("deploy --stage dev") == f"{command} deploy --stage dev"


def test_who_imports_it_in_a_checkout_has_its_script(monkeypatch) -> None:
    monkeypatch.setattr(sys, "argv", [])
    assert typed("package") == "./inv package"


def test_a_project_without_the_script_has_the_program(tmp_path) -> None:
    assert of_project(tmp_path) == "tocsin"
    (tmp_path / "inv").write_text("")
    assert of_project(tmp_path) == "./inv"
