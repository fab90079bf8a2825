"""Whatever a record says, the test written of it has it as data and stays where it belongs."""

import ast
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import hostile_records as hostile
from tests.conftest import examples, slow
from tests.unit.triage.test_repro import BUGGY, run
from tocsin import config, triage
from tocsin.exceptions import InputError
from tocsin.triage.forms import MalformedRecord
from tocsin.triage.repro import repro

BENIGN = hostile.record("a text")
RECORDED = ("FINGERPRINT", "EVENT")


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """A project with one function."""
    root = tmp_path_factory.mktemp("project")
    (root / "functions" / "orders").mkdir(parents=True)
    (root / "errorlog").symlink_to(Path(triage.__file__).parents[2] / "errorlog")
    (root / "monitoring.yml").write_text(
        "service: shop\nstages: {dev: {}}\nfunctions: {orders: {}}\n"
    )
    (root / "functions" / "orders" / "handler.py").write_text(BUGGY)
    return root


@pytest.fixture(scope="module")
def stage(checkout):
    return config.load(checkout, "dev")


def shape(source: str) -> str:
    """The code of a written test without the values that are the record's."""
    tree = ast.parse(source)
    for statement in tree.body:
        if isinstance(statement, ast.Assign) and statement.targets[0].id in RECORDED:
            ast.literal_eval(statement.value)  # a literal, or this raises
            statement.value = ast.Constant(None)
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "SimpleNamespace":
            assert isinstance(call.keywords[0].value, ast.Constant)
            call.keywords[0].value = ast.Constant(None)
    tree.body[0] = ast.Pass()  # the docstring, which has id and time
    return ast.dump(tree)


def event_of(source: str):
    for statement in ast.parse(source).body:
        if isinstance(statement, ast.Assign) and statement.targets[0].id == "EVENT":
            return ast.literal_eval(statement.value)
    raise AssertionError("the test has no EVENT")


@pytest.fixture(scope="module")
def assert_data(stage):
    """``assert_data(record)``: its test has the code of any other record's, and its event."""
    function = stage.functions[0]
    expected = shape(repro(function, BENIGN))

    def check(record) -> None:
        source = repro(function, record)
        source.encode("utf-8")
        shown = source.replace("\n", "").replace("\t", "")
        assert shown.isprintable(), [
            character for character in shown if not character.isprintable()
        ]
        assert shape(source) == expected
        event = triage.plain(record["event"])
        assert event_of(source) == ({"Records": [event]} if "itemId" in record else event)

    return check


@slow
@pytest.mark.parametrize("text", hostile.TEXTS.values(), ids=hostile.TEXTS)
def test_a_hostile_text_is_a_literal_or_a_comment(assert_data, text) -> None:
    assert_data(hostile.record(text))


@pytest.mark.parametrize("value", hostile.VALUES.values(), ids=hostile.VALUES)
def test_a_value_that_json_has_not_is_a_literal(assert_data, value) -> None:
    assert_data(hostile.record("x") | {"event": value})


# Characters that mean something to one of Python's rules, among all others.
TEXT = st.text(
    st.one_of(
        st.sampled_from("\"'\\\n\r\t\0\x0c\x1b\x85\u2028\u202e\ud800{}#=:;()%"),
        st.characters(codec=None),
    ),
    max_size=40,
)
ANY = st.recursive(
    st.one_of(TEXT, st.none(), st.booleans(), st.integers(), st.decimals(), st.binary(max_size=8)),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(TEXT, below, max_size=3),
    max_leaves=12,
)


@slow
@settings(max_examples=examples(60))
@given(
    event=ANY,
    texts=st.dictionaries(st.sampled_from(hostile.FREE), ANY),
    more=st.dictionaries(TEXT, ANY, max_size=2),
)
def test_any_record_is_a_literal_or_a_comment(assert_data, event, texts, more) -> None:
    record = more | BENIGN | texts | {"event": event}
    assert_data(record)


def test_importing_and_running_it_runs_nothing_of_the_record(checkout, stage) -> None:
    ran = hostile.canary()
    for text in hostile.TEXTS.values():
        source = repro(stage.functions[0], hostile.record(text))
        file = checkout / "tests" / "repro" / "test_x.py"
        exec(compile(source, str(file), "exec"), {"__name__": "x", "__file__": str(file)})  # noqa: S102
    assert ran == []
    exec(hostile.TEXTS["leaves a comment by a line feed"][1:])  # noqa: S102  the canary sings
    assert ran == [1]


@slow
def test_pytest_runs_it_as_any_other(checkout, stage) -> None:
    record = hostile.record("\n".join(hostile.TEXTS.values()))
    record["event"]["quantity"] = 1
    file = triage.write_repro(checkout, stage, record)
    done = run(checkout, file)
    assert (done.returncode, "1 failed" in done.stdout) == (1, True), done.stdout
    assert "KeyError: 'quantity'" in done.stdout  # the handler's own: of a batch, not of its item


def test_an_event_deeper_than_dynamodb_holds_is_refused(stage) -> None:
    event = "x"
    for _ in range(20_000):
        event = [event]
    with pytest.raises(triage.NotReplayable, match="deeper than 64 levels"):
        repro(stage.functions[0], BENIGN | {"event": event})


# All that no form of the four takes; the other texts are letters and digits.
NO_FORM = [text for text in hostile.TEXTS.values() if text and not text.isalnum()]


@pytest.mark.parametrize("field", hostile.FORMED)
def test_a_field_with_a_form_is_refused_in_another(checkout, stage, field) -> None:
    near = (f"{BENIGN[field]}\n", f" {BENIGN[field]}", f"{BENIGN[field]}\u0660", 7, None, [])
    for text in (*NO_FORM, *near):
        with pytest.raises(MalformedRecord, match=f"^{field}: found ") as raised:
            triage.write_repro(checkout, stage, BENIGN | {field: text})
        assert raised.value.exit_code == 2
        assert str(raised.value).isprintable()


@pytest.fixture
def empty(tmp_path):
    """A project to write into, beside a folder that is not its."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "project" / "tests").mkdir(parents=True)
    return tmp_path / "project"


def test_a_link_in_place_of_the_folder_is_refused(empty, stage) -> None:
    for elsewhere in (empty.parent / "elsewhere", empty):
        (empty / "tests" / "repro").symlink_to(elsewhere)
        with pytest.raises(InputError, match="tests/repro is a link to elsewhere"):
            triage.write_repro(empty, stage, BENIGN)
        (empty / "tests" / "repro").unlink()
    assert list((empty.parent / "elsewhere").iterdir()) == []


@pytest.mark.parametrize("exists", [True, False])
def test_a_link_in_place_of_the_file_is_not_followed(empty, stage, exists) -> None:
    conftest = empty / "tests" / "conftest.py"
    if exists:
        conftest.write_text("")
    written = triage.write_repro(empty, stage, BENIGN)
    written.unlink()
    written.symlink_to(conftest)
    with pytest.raises(InputError, match="exists; remove it"):
        triage.write_repro(empty, stage, BENIGN)
    assert conftest.exists() == exists
    assert not exists or conftest.read_text() == ""


OUTPUTS = ["..", ".", "../x.py", "/etc/x.py", "tests/../../x.py", "out/x.py", "a\0b/x.py"]


@pytest.mark.parametrize("output", OUTPUTS)
def test_output_outside_is_refused_also_through_links(empty, stage, output) -> None:
    (empty / "out").symlink_to(empty.parent / "elsewhere")
    with pytest.raises(InputError, match="--output: found"):
        triage.write_repro(empty, stage, BENIGN, output)
    assert list((empty.parent / "elsewhere").iterdir()) == []


@pytest.mark.parametrize("output", ["tests", "monitoring.yml/x.py", "a\0b.py", "\ud800.py"])
def test_output_that_no_file_can_have_is_refused(empty, stage, output) -> None:
    (empty / "monitoring.yml").write_text("")
    with pytest.raises(InputError, match=r"exists; remove it|cannot be written: "):
        triage.write_repro(empty, stage, BENIGN, output)
