"""What local-start prints: the key to whoever asks for it, and to nobody else."""

import json
import shlex

import pytest
from invoke import Config, Context

from tests.conftest import DEMO
from tocsin.cli.tasks import local, namespace
from tocsin.local import LocalStage, RootKey, project
from tocsin.packaging import osls

CONTEXT = Context(Config(namespace(DEMO).configuration()))
STAGE = LocalStage(4599, 1, "abc", "/a place/.tocsin/local", RootKey.new())


@pytest.fixture(autouse=True)
def started(monkeypatch):
    monkeypatch.setattr(project, "start", lambda *_, **__: STAGE)


def test_export_is_for_the_shell_to_evaluate(capsys, monkeypatch) -> None:
    """The engines of the 3.x lines read the endpoint with NODE_OPTIONS, beside what is there."""
    monkeypatch.setenv("NODE_OPTIONS", "--no-warnings")
    local.local_start(CONTEXT, export=True)
    printed = capsys.readouterr()
    words = [shlex.split(line) for line in printed.out.splitlines()]
    assert {word for word, _ in words} == {"export"}
    assert dict(pair.split("=", 1) for _, pair in words) == {
        **STAGE.environment(),
        "NODE_OPTIONS": osls.node_options("--no-warnings"),
    }
    assert STAGE.root.secret_access_key not in printed.err


def test_json_holds_the_same(capsys) -> None:
    local.local_start(CONTEXT, json=True)
    given = json.loads(capsys.readouterr().out)
    assert given == {"endpoint": STAGE.endpoint, "environment": STAGE.environment()}


def test_without_being_asked_it_shows_no_key(capsys) -> None:
    local.local_start(CONTEXT)
    printed = capsys.readouterr()
    assert STAGE.endpoint in printed.err
    assert printed.out == ""
    assert STAGE.root.secret_access_key not in printed.err
