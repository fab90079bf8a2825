"""Which tests a task runs."""

import pytest

from tests.conftest import ROOT
from tocsin.cli import concurrent_tasks
from tocsin.cli.program import program
from tocsin.cli.tasks import develop


@pytest.mark.parametrize(
    ("arguments", "left_out"),
    [
        (("test-unit",), True),
        (("test-unit", "-k", "redaction"), False),
        (("test-unit", "--slow"), False),
    ],
    ids=["the fast suite", "what is named", "everything"],
)
def test_slow_tests_are_left_out_of_the_fast_suite_and_of_nothing_else(
    monkeypatch, arguments, left_out
) -> None:
    asked = []
    monkeypatch.setattr(develop, "_python", lambda _, line, **__: asked.append(line))
    monkeypatch.chdir(ROOT)
    program.run(["inv", "--search-root", str(ROOT), *arguments])
    (line,) = asked
    assert ("-m 'not slow'" in line) is left_out
    assert "tests/unit" in line
    assert "tests/stack" in line


@pytest.mark.parametrize(
    ("cores", "arguments", "spread"),
    [
        (2, ("--half",), None),
        (1, ("--half",), None),
        (None, ("--half",), None),
        (8, ("--half",), "-n 4"),
        (8, (), "-n auto"),
    ],
)
def test_half_of_the_cores_are_left_to_others_and_one_process_is_not_spread(
    monkeypatch, cores, arguments, spread
) -> None:
    asked = []
    monkeypatch.setattr(develop, "_python", lambda _, line, **__: asked.append(line))
    monkeypatch.setattr(develop.os, "cpu_count", lambda: cores)
    monkeypatch.chdir(ROOT)
    program.run(["inv", "--search-root", str(ROOT), "test-unit", *arguments])
    (line,) = asked
    assert (f" {spread} --dist loadfile" in line) if spread else ("-n " not in line)


@pytest.mark.parametrize(
    ("exit_codes", "exit_code"), [((0, 0, 0), 0), ((0, 1, 0), 1), ((1, 0, 2), 2)]
)
def test_everything_is_each_suite_whole_and_a_failure_of_one_is_its_own(
    monkeypatch, capsys, exit_codes, exit_code
) -> None:
    asked = []

    def run(root, tasks, giving_way):
        asked.extend(tasks)
        assert giving_way == ("types", "test-e2e")
        return dict(zip(tasks, exit_codes, strict=True))

    monkeypatch.setattr(develop, "_python", lambda *_, **__: None)  # lint
    monkeypatch.setattr(concurrent_tasks, "run", run)
    monkeypatch.chdir(ROOT)
    if exit_code:
        with pytest.raises(SystemExit) as ended:
            program.run(["inv", "--search-root", str(ROOT), "test"])
        assert ended.value.code == exit_code
        failed = [task for task, code in zip(asked, exit_codes, strict=True) if code]
        assert capsys.readouterr().err == f"test: failed: {', '.join(failed)}\n"
    else:
        program.run(["inv", "--search-root", str(ROOT), "test"])
    assert asked == ["types", "test-unit --slow --half", "test-e2e"]


def read_only(monkeypatch) -> list[str]:
    """Of a checkout that nobody may write to: what tools are run, once they are."""
    asked: list[str] = []

    def run(_, line, **told) -> None:
        assert told["env"] == {
            "RUFF_NO_CACHE": "true",
            "MYPY_CACHE_DIR": "/dev/null",
            "PYTEST_ADDOPTS": "-p no:cacheprovider",
        }
        asked.append(line)

    monkeypatch.setattr(develop.os, "access", lambda *_: False)
    monkeypatch.setattr("invoke.context.Context.run", run)
    monkeypatch.chdir(ROOT)
    return asked


@pytest.mark.parametrize("task", ["lint", "types", "test-unit"])
def test_a_checkout_that_may_only_be_read_is_read_without_caches(monkeypatch, task) -> None:
    asked = read_only(monkeypatch)
    program.run(["inv", "--search-root", str(ROOT), task])
    assert asked
    assert all("--no-cache" in line for line in asked if "importlinter" in line)


def test_to_format_one_is_refused_before_anything_is_run(monkeypatch, capsys) -> None:
    asked = read_only(monkeypatch)
    with pytest.raises(SystemExit) as ended:
        program.run(["inv", "--search-root", str(ROOT), "format"])
    assert ended.value.code == 2
    assert asked == []
    assert capsys.readouterr().err == (
        f"{ROOT} cannot be used: Permission denied; use a copy of the project that you may write\n"
    )
