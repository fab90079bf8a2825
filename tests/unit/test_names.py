"""A name tells its stage: no other stage of the account can have it, whatever its functions."""

import inspect
import re
from collections.abc import Iterator
from itertools import product

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.conftest import DEMO
from tocsin import config, names
from tocsin.alarms import API_KINDS, KINDS
from tocsin.config.field_types import NAME
from tocsin.config.suffixes import accepted_suffix
from tocsin.stacks.self_monitoring import self_monitoring

OWN_ALARMS = [(alarm.subject, alarm.kind) for alarm in self_monitoring(config.load(DEMO, "dev"))]
OWN_ALARMS += [(names.NOTIFIER, "failures"), (names.NOTIFICATIONS, "people")]
PEOPLE = ("", "ticket", "ticket-3f2a1c", "page-3f2a1c")
# Words of which names are made; joined at random they come as close to each other as any can.
WORDS = ("", "dev", "a", "A", "2", "1", "summary", "log", "error", "rate", "letters", "dead",
         "table", "layer", "topic", names.FUNCTIONS, *names.MARKS, *names.OWN, *KINDS,
         names.HEALTH, "http", "rest", "api", "on", "latency")  # fmt: skip
APIS = ("http-api", "rest-api", "http-api-2")
PHRASES = st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map("-".join)


def allowed(key: str) -> bool:
    """Whether it may be the key of a function."""
    return bool(re.fullmatch(NAME, key)) and not names.is_reserved(key)


SUFFIXES = PHRASES.filter(accepted_suffix)
KEYS = PHRASES.filter(allowed)


def all_names(keys: list[str], suffix: str) -> Iterator[tuple[str, str]]:
    """(kind of resource, name) of everything that a stage may have."""
    for key in keys:
        yield "function", names.function(key, suffix)
        yield "role", names.role(key, suffix)
        yield "health", names.function_health(key, suffix)
        yield from (("alarm", names.alarm(key, kind, suffix)) for kind in KINDS)
    yield "function", names.function(names.COLLECTOR, suffix)
    yield "role", names.role(names.COLLECTOR, suffix)
    yield "function", names.function(names.DRILL, suffix)
    yield "role", names.role(names.DRILL, suffix)
    yield "function", names.function(names.NOTIFIER, suffix)
    yield "role", names.role(names.NOTIFIER, suffix)
    yield "function", names.function(names.BUGS, suffix)
    yield "role", names.role(names.BUGS, suffix)
    yield "table", names.bugs_table(suffix)
    yield from (("alarm", names.alarm(subject, kind, suffix)) for subject, kind in OWN_ALARMS)
    yield from (("alarm", names.api_alarm(key, kind, suffix)) for key in APIS for kind in API_KINDS)
    for mute, part, number in product(("nightly", "nightly-2", "2"), ("", "2"), (1, 2)):
        yield "mute rule", names.mute_rule(mute, part, number, suffix)
    yield "alarm", names.stage_health(suffix)
    yield "table", names.table(suffix)
    yield "topic", names.topic(suffix)
    yield "topic", names.pages_topic(suffix)
    yield from (("topic", names.people_topic(part, suffix)) for part in PEOPLE)
    yield "queue", names.undelivered(suffix)
    yield "key alias", names.topics_key(suffix)
    yield "dashboard", names.dashboard(suffix)
    yield "queue", names.dead_letters(suffix)
    yield "secret", names.drill_key(suffix)
    for number in (1, 2, 12):
        yield "alarm", names.stack_health(number, suffix)
        yield "dashboard", names.function_dashboard(number, 1, suffix)
        yield "dashboard", names.function_dashboard(number, 2, suffix)
    for part in ("", "2", "12"):
        yield "role", names.shared_role(part, suffix)
    for part in ("", "2", "12", "summary"):
        yield "layer", names.layer(suffix, part)
        yield "stack", names.stack(f"shop-{part}" if part else "shop", suffix)


def test_these_are_all_names_there_are() -> None:
    listed = set(re.findall(r"names\.(\w+)\(", inspect.getsource(all_names)))
    others = {
        "log_group",
        "camel",
        "logical_id",
        "is_reserved",
    }  # of a function's name; of no stage
    public = {name for name, _ in inspect.getmembers(names, inspect.isfunction)}
    assert listed | others == public


def taken(keys: list[str], suffix: str) -> list[tuple[str, str]]:
    """What AWS tells names apart by: alarms of both kinds are one, roles know no upper case."""
    return [
        ("alarm" if kind == "health" else kind, name.lower() if kind == "role" else name)
        for kind, name in all_names(keys, suffix)
    ]


@given(key=KEYS, suffix=SUFFIXES)
@example(key="a", suffix="dev")
def test_no_other_stage_has_a_name_of_a_stage(key: str, suffix: str) -> None:
    """Other stages are those whose suffix some name ends with, their functions those whose key
    it begins with: with any other the name would not be theirs."""
    own = taken([key], suffix)
    for kind, name in own:
        words = name.split("-")
        keys = [each for i in range(1, len(words)) if allowed(each := "-".join(words[:i]))]
        for i in range(1, len(words)):
            other = "-".join(words[i:])
            if other != suffix and accepted_suffix(other):
                assert (kind, name) not in taken(keys, other)


@given(keys=st.lists(KEYS, max_size=4, unique_by=str.lower), suffix=SUFFIXES)
def test_a_stage_has_no_name_twice(keys: list[str], suffix: str) -> None:
    own = taken(keys, suffix)
    assert len(set(own)) == len(own)


@pytest.mark.parametrize(
    ("suffix", "name"),
    [
        ("function-dev", names.function("a-function", "dev")),
        ("x-role-dev", names.role("a-role-x", "dev")),
        ("x-latency-alarm-dev", names.alarm("a-latency-alarm-x", "latency", "dev")),
    ],
)
def test_a_suffix_that_is_refused_could_have_been_in_a_name_of_another_stage(suffix, name) -> None:
    assert name in {name for _, name in all_names(["a"], suffix)}
    assert not accepted_suffix(suffix)
