"""externalFunctions: who is meant on which stage, and what cannot be meant."""

import pytest

from tocsin import config
from tocsin.config import ConfigError
from tocsin.config.external_lock import LISTED_FILE, Listed, ListedError, Selector, write_listed
from tocsin.packaging.render import NotListed, render

HANDLER = "def handler(event, context):\n    return event\n"


@pytest.fixture
def written(tmp_path):
    """``written(entries)``: a project with the function a and these external ones."""
    folder = tmp_path / "functions" / "a"
    folder.mkdir(parents=True)
    (folder / "handler.py").write_text(HANDLER)

    def write(*entries):
        lines = "".join(f"  - {entry}\n" for entry in entries)
        (tmp_path / "monitoring.yml").write_text(
            "service: shop\nstages: {local: {}, local-2: {}, dev: {}, prod: {}}\n"
            "drill: {failure: {simulate: error}}\n"
            f"functions: {{a: {{}}}}\nexternalFunctions:\n{lines}"
        )
        return tmp_path

    return write


def problem(root):
    with pytest.raises(ConfigError) as raised:
        config.load(root, "dev")
    return str(raised.value)


def names(root, stage="dev"):
    return [function.name for function in config.load(root, stage).external_functions]


def test_settings_of_an_entry_are_those_of_the_function(written) -> None:
    (cart,) = config.load(
        written("{name: cart, timeout: 30, logGroup: /c, alarms: {latency: {threshold: 9}}}")
    ).external_functions
    assert (cart.key, cart.name, cart.timeout, cart.log_group) == ("cart", "cart", 30, "/c")
    assert (cart.alarm("latency").threshold, cart.alarm("error-rate").threshold) == (9, 5)


def test_the_files_drill_events_are_not_for_other_stacks_functions(written) -> None:
    plain, with_event = config.load(
        written("{name: cart}", "{name: till, drill: {failure: {boom: 1}}}")
    ).external_functions
    assert not plain.has_drill_events
    assert with_event.has_drill_events
    assert with_event.drill.failure == {"boom": 1}


@pytest.mark.parametrize(
    ("stage", "expected"),
    [("local", ["c"]), ("local-2", []), ("dev", ["a1"]), ("prod", ["a1", "b1"])],
)
def test_they_hold_on_the_stages_named_or_all_but_local(written, stage, expected) -> None:
    root = written("{name: a1}", "{name: b1, stages: [prod]}", "{name: c, stages: [local]}")
    assert names(root, stage) == expected


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        (["{timeout: 3}"], "exactly one of name, prefix, tag"),
        (["{name: x, prefix: y}"], "exactly one of name, prefix, tag"),
        (["{tag: team}"], "tag and value together"),
        (["{prefix: x-, logGroup: /x}"], "logGroup beside a name only"),
        (["{name: 'has space'}"], "a function's name as deployed"),
        (["{name: x, stages: [nowhere]}"], "externalFunctions[0].stages[0]"),
        (["{name: x, timout: 3}"], "did you mean timeout?"),
        (["{name: x}", "{name: x}"], "x again, which externalFunctions[0] gives too"),
        (["{name: a-function-dev}"], "which is the function a of this stage"),
        (["{name: collector-function-dev}"], "which is the collector of this stage"),
        (["{name: a}"], "whose alarms have the names of those of functions.a"),
        (["{name: collector}"], "whose alarms have the names of those of the monitoring itself"),
        (["{name: error-log}"], "whose alarms have the names of those of the monitoring itself"),
        (["{name: x, logGroup: /aws/lambda/a-function-dev}"], "that of the function a"),
        (["{name: x, logGroup: /aws/lambda/collector-function-dev}"], "that of the collector"),
        (["{name: x, alarms: {latency: {datapointsToAlarm: 9}}}"],
         "externalFunctions[0].alarms.latency"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_said_with_its_place(written, entries, said) -> None:
    assert said in problem(written(*entries))


def test_what_was_listed_is_watched_in_order_but_for_exceptions(written) -> None:
    root = written("{prefix: pay-, except: [pay-old]}", "{name: pay-old, timeout: 2}")
    listed = tuple(Listed(name, 9, f"/aws/lambda/{name}") for name in ("pay-a", "pay-b", "pay-old"))
    write_listed(root, "dev", {Selector(prefix="pay-"): listed})
    stage = config.load(root, "dev")
    assert names(root) == ["pay-a", "pay-b", "pay-old"]
    assert [function.timeout for function in stage.external_functions] == [9, 9, 2]
    assert stage.unlisted == ()


def test_a_function_that_two_entries_give_is_named(written) -> None:
    root = written("{prefix: pay-}", "{name: pay-a}")
    write_listed(root, "dev", {Selector(prefix="pay-"): (Listed("pay-a", 9, "/aws/lambda/pay-a"),)})
    assert "pay-a again, which externalFunctions[0] gives too" in problem(root)


def test_a_list_that_was_never_made_stops_the_render_and_no_reading(written) -> None:
    root = written("{tag: team, value: payments}")
    stage = config.load(root, "dev")
    assert stage.external_functions == ()
    with pytest.raises(NotListed, match="no list for tag team=payments"):
        render(root, stage)
    assert not (root / "build").exists()


def test_a_file_of_lists_that_is_something_else_is_an_input_error(written) -> None:
    root = written("{prefix: pay-}")
    (root / LISTED_FILE).write_text('{"dev": [1]}')
    with pytest.raises(ListedError, match=LISTED_FILE):
        config.load(root, "dev")
