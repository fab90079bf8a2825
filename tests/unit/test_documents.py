"""Files of all kinds are read within bounds, or refused in words, with exit code 2."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from tests.conftest import DEMO
from tocsin import config, documents
from tocsin.backtest import load as load_history
from tocsin.exceptions import InputError
from tocsin.scenarios import load_alarms
from tocsin.scenarios.file_reading import read as read_scenarios
from tocsin.scenarios.loading import LoadedAlarms

LAUGHS = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)

# (content, what the message says)
YAML = {
    "brackets": ("a: " + "[" * 100_000, "nested more than 100 levels"),
    "closed brackets": ("a: " + "[" * 5_000 + "]" * 5_000, "nested more than 100 levels"),
    "braces": ("{a: " * 5_000, "nested more than 100 levels"),
    "dashes": ("- " * 50_000, "nested more than 100 levels"),
    "an alias deep down, of what is deep": (
        f"a: &a {'[' * 60}1{']' * 60}\nb: {'[' * 60}*a{']' * 60}",
        "nested more than 100 levels",
    ),
    "aliases that add to each other's levels": (
        "a: &a0 [1]\n" + "".join(f"b{n}: &a{n} [[[*a{n - 1}]]]\n" for n in range(1, 40)),
        "nested more than 100 levels",
    ),
    "billion laughs": (LAUGHS, "stands for more than"),
    "loop": ("a: &a [*a]", "*a stands inside of &a"),
    "loop of mappings": ("a: &a {b: {c: *a}}", "*a stands inside of &a"),
    "merged loop": ("a: &a {<<: *a}", "*a stands inside of &a"),
    "unknown alias": ("a: *b", "undefined alias"),
    "two documents": ("a: 1\n---\nb: 2", "expected a single document"),
    "a list as a key": ("? [a]\n: 1", "no YAML"),
    "a tag of Python": ("a: !!python/object/apply:os.system [id]", "no YAML"),
    "no such day": ("a: 2026-99-99", "no YAML"),
    "control characters": ("a: \x07", "no YAML"),
    "broken": ("a: [1", "no YAML"),
}
JSON = {
    "brackets": ('{"Resources": ' + "[" * 100_000, "nested more than 100 levels"),
    "closed brackets": (
        f'{{"Resources": {"[" * 300}{"]" * 300}}}',
        "nested more than 100 levels",
    ),
    "closed braces": (
        '{"Resources": ' + '{"a": ' * 300 + "1" + "}" * 301,
        "nested more than 100 levels",
    ),
    "long number": (f'{{"Resources": {"9" * 5_000}\n}}', "no JSON"),
    "not a number": ('{"Resources": NaN\n}', "no JSON: NaN"),
    "broken": ('{"Resources": {\n', "no JSON"),
}
BYTES = {"no UTF-8": (b"a: \xff\xfe", "UTF-8"), "UTF-16": ("a: 1".encode("utf-16"), "UTF-8")}


def read_stage(file: Path) -> None:
    (file.parent / "monitoring.yml").write_bytes(file.read_bytes())
    config.load(file.parent, "dev")


READERS: dict[str, Callable[[Path], object]] = {
    "monitoring.yml": read_stage,
    "template": load_alarms,
    "scenarios": lambda file: read_scenarios(file, LoadedAlarms()),
}


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("name", YAML)
def test_yaml_beyond_the_bounds_is_refused_in_words(tmp_path, reader, name) -> None:
    content, message = YAML[name]
    file = tmp_path / "file.yml"
    file.write_text(content)
    with pytest.raises(InputError) as refused:
        READERS[reader](file)
    said = str(refused.value)
    # A tree of values is as good as any to a reader that looks for its own keys.
    as_text = name in ("a tag of Python", "no such day")
    assert message in said or as_text or "monitoring.yml:1" in said
    assert len(said) < 1_000


@pytest.mark.parametrize("reader", [*READERS, "history"])
@pytest.mark.parametrize("name", BYTES)
def test_bytes_that_are_no_text_are_refused_in_words(tmp_path, reader, name) -> None:
    content, message = BYTES[name]
    file = tmp_path / "file.json"
    file.write_bytes(content)
    read = load_history if reader == "history" else READERS[reader]
    with pytest.raises(InputError, match=message):
        read(file)


@pytest.mark.parametrize("read", [load_alarms, load_history])
@pytest.mark.parametrize("name", JSON)
def test_json_beyond_the_bounds_is_refused_in_words(tmp_path, read, name) -> None:
    content, message = JSON[name]
    file = tmp_path / "file.json"
    file.write_text(content)
    with pytest.raises(InputError) as refused:
        read(file)
    assert message in str(refused.value)
    assert str(refused.value).startswith(f"{file}:")


def test_what_is_no_file_is_not_waited_for(tmp_path) -> None:
    pipe = tmp_path / "pipe.yml"
    os.mkfifo(pipe)
    for file in (pipe, tmp_path, tmp_path / "nowhere.yml"):
        for read in (load_alarms, READERS["scenarios"]):
            with pytest.raises(InputError):
                read(file)


def test_a_large_file_is_refused_by_its_size(tmp_path) -> None:
    file = tmp_path / "large.yml"
    with file.open("wb") as written:
        written.truncate(documents.MAX_BYTES + 1)
    with pytest.raises(InputError, match=r"has 67,108,865 bytes; at most 67,108,864 are read"):
        load_alarms(file)


@pytest.mark.parametrize("text", ["", "a: 1", "{a: [1, 2]}", "a: &x [1]\nb: *x\nc: *x"])
def test_what_is_within_the_bounds_is_read_as_yaml_reads_it(text) -> None:
    assert documents.yaml_document(text, yaml.SafeLoader)[1] == yaml.safe_load(text)


def test_a_projects_own_file_is_within_the_bounds() -> None:
    documents.check_yaml((DEMO / "monitoring.yml").read_text())


@pytest.mark.parametrize("form", ["yaml", "flow", "json", "spaced json", "marked json"])
def test_a_template_may_be_yaml_or_json_of_any_layout(tmp_path, form) -> None:
    template = {"Resources": {"X": {"Type": "AWS::SNS::Topic"}}}
    text = {
        "yaml": yaml.safe_dump(template),
        "flow": "{Resources: {X: {Type: 'AWS::SNS::Topic'}}}",
        "json": json.dumps(template),
        "spaced json": "\n\n " + json.dumps(template, indent=4),
        "marked json": "\ufeff" + json.dumps(template),
    }[form]
    file = tmp_path / "template"
    file.write_text(text, encoding="utf-8")
    assert load_alarms(file).metric == ()
