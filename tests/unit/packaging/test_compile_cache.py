"""What V8 compiled of an engine is kept for its next run, which says and does the same by it."""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import slow
from tocsin.packaging import osls
from tocsin.packaging.node_modules import OSLS, Engine

pytestmark = slow

NODE_S_OWN = 22
"""The Node that keeps it itself."""
ENGINE = """#!/usr/bin/env node
const path = require('path');
const imported = require('./lib/importing');
const local = require('./lib/local');
const told = async () => JSON.stringify({
  local: local.said(), parent: local.parent, data: require('./data.json').text,
  main: require.main === module, file: path.basename(__filename), folder: path.basename(__dirname),
  resolved: path.basename(require.resolve('./lib/local')),
  paths: require.resolve.paths('x').length > 0,
  cached: Object.keys(require.cache).some((name) => name.endsWith('local.js')),
  imported: (await imported()).default, self: this === module.exports,
  missing: (() => { try { require('./none') } catch (error) { return error.code } })(),
  wrong: (() => { try { require('./wrong') } catch (error) { return error.name } })(),
});
told().then((text) => { console.log(text); process.exit(Number(process.argv[2] ?? 0)) });
"""
LOCAL = """exports.said = () => 'first';
exports.parent = path(module.parent.filename);
function path(name) { return require('node:path').basename(name) }
"""
SAID = {
    "local": "first", "parent": "serverless.js", "data": "kept", "main": True,
    "file": "serverless.js", "folder": "bin", "resolved": "local.js", "paths": True,
    "cached": True, "imported": "an ES module", "self": True, "missing": "MODULE_NOT_FOUND",
    "wrong": "SyntaxError",
}  # fmt: skip


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project whose engine asks for all that Node gives a module."""
    root = tmp_path / "a project"
    engine = Engine(OSLS, root).executable
    files = {
        "serverless.js": ENGINE, "lib/local.js": LOCAL, "data.json": '{"text": "kept"}',
        "lib/importing.js": "module.exports = () => import('./imported.mjs')",
        "lib/imported.mjs": "export default 'an ES module';", "wrong.js": "const const = 1;",
    }  # fmt: skip
    for name, text in files.items():
        (engine.parent / name).parent.mkdir(parents=True, exist_ok=True)
        (engine.parent / name).write_text(text)
    return root


@pytest.fixture
def said(project, monkeypatch) -> Callable[[], dict[str, object]]:
    monkeypatch.delenv("NODE_COMPILE_CACHE", raising=False)
    return lambda: json.loads(osls.run(project, project, "0", environment={}))


@pytest.fixture
def kept(project) -> Path:
    """The file that is ours; of a later Node it is a folder with what is its own."""
    version = subprocess.run(
        ["node", "-p", "`${process.version}-${process.arch}`"],  # noqa: S607
        capture_output=True, text=True, check=True,
    ).stdout.strip()  # fmt: skip
    if int(version[1:].partition(".")[0]) >= NODE_S_OWN:
        pytest.skip("this Node keeps what it compiles itself")
    return project / osls.COMPILE_CACHE / version


def test_a_module_is_given_what_node_gives_it_from_the_first_run_on(said) -> None:
    assert [said(), said(), said()] == [SAID] * 3


def test_it_is_kept_once_and_taken_from_then_on(said, kept) -> None:
    said()
    first = kept.stat()
    said()
    assert kept.stat().st_ino == first.st_ino, "written again, so not taken"
    assert list(kept.parent.iterdir()) == [kept]


def test_a_module_that_was_changed_is_what_it_is_now(project, said, kept) -> None:
    said()
    local = Engine(OSLS, project).executable.parent / "lib/local.js"
    local.write_text(LOCAL.replace("first", "later"))  # as long as before
    assert said() == {**SAID, "local": "later"}
    after = kept.stat().st_ino
    assert said() == {**SAID, "local": "later"}
    assert kept.stat().st_ino == after


@pytest.mark.parametrize("share", [0, 0.001, 0.2, 0.6, 0.95])
@pytest.mark.parametrize("damage", ["cut", "flipped"])
def test_a_damaged_one_is_passed_over_and_made_anew(said, kept, damage, share) -> None:
    said()
    whole = kept.read_bytes()
    at = int(len(whole) * share)
    rest = b"" if damage == "cut" else bytes([whole[at] ^ 0xFF]) + whole[at + 1 :]
    kept.write_bytes(whole[:at] + rest)
    assert said() == SAID
    mended = kept.stat().st_ino
    assert said() == SAID
    assert kept.stat().st_ino == mended


def test_where_nothing_may_be_written_every_run_is_as_without_it(project, said, kept) -> None:
    kept.parent.parent.mkdir(parents=True)
    kept.parent.write_text("no folder")
    assert [said(), said()] == [SAID] * 2
    assert kept.parent.read_text() == "no folder"


def test_a_run_that_fails_fails_as_without_it(project, said, kept) -> None:
    for _ in range(2):
        with pytest.raises(osls.OslsError, match="7 failed"):
            osls.run(project, project, "7", environment={})


def test_a_folder_of_ones_own_is_taken(project, tmp_path, kept, monkeypatch) -> None:
    monkeypatch.setenv("NODE_COMPILE_CACHE", str(tmp_path / "own"))
    osls.run(project, project, "0", environment={})
    assert os.listdir(tmp_path / "own") == [kept.name]
    assert not kept.exists()
