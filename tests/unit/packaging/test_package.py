"""Packaging: reproducible, complete, and without any AWS account."""

import hashlib

import pytest

from tests.aws_environment import forget_account
from tests.conftest import deep, slow
from tocsin import config
from tocsin.packaging import archive
from tocsin.packaging.osls import LOG
from tocsin.packaging.package import build_archives, package

pytestmark = slow


def digests(paths):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


def test_two_runs_give_byte_identical_archives(project) -> None:
    stage = config.load(project, "dev")
    first = digests(build_archives(project, stage))
    assert digests(build_archives(project, stage)) == first
    names = {"layer", "orders", "payments", "notifications", "bugs", "collector", "drill"}
    assert set(first) == {f"{name}.zip" for name in names}


def test_the_layer_holds_errorlog_and_powertools_and_a_function_its_own_files(project) -> None:
    stage = config.load(project, "dev")
    layer, *functions, bugs, collector, drill = build_archives(project, stage)
    names = archive.names_in(layer)
    assert "python/errorlog/__init__.py" in names
    assert "python/aws_lambda_powertools/__init__.py" in names
    assert not [name for name in names if name.startswith(("python/boto", "python/bin/"))]
    for path in (*functions, drill):
        assert "handler.py" in archive.names_in(path)
    assert {"bugs/handler.py", "bugs/bug_rules.json", "tocsin/__init__.py",
            "tocsin/bugs/bug.py"} < set(archive.names_in(bugs))  # fmt: skip
    assert {"collector/__init__.py", "collector/handler.py"} < set(archive.names_in(collector))


def test_it_needs_no_credentials_and_reaches_no_account(project, monkeypatch) -> None:
    forget_account(monkeypatch)
    # Whatever the machine's owner has configured must not be found either.
    monkeypatch.setenv("HOME", str(project))
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")  # nothing answers there
    built = package(project, config.load(project, "dev"))
    assert built.template.is_file()
    # What it said is text for people: a failure shows its last lines.
    assert "\x1b" not in (built.folder / LOG).read_text()


@pytest.mark.parametrize(
    "stage_name",
    ["dev", "prod", *(pytest.param(name, marks=deep) for name in ("local", "staging"))],
)
def test_every_stage_packages_under_a_path_with_a_space(compiled, stage_name) -> None:
    assert compiled(stage_name)["Resources"]["ErrorLogTable"]
