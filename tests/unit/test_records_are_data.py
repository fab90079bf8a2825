"""One set of hostile records through every surface: nothing runs, nothing styles, nothing crashes.

What a terminal gets is printable; JSON, XML and HTML are read back by a parser and say what the
record says.
"""

import itertools
import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from types import SimpleNamespace
from xml.etree import ElementTree

import pytest
from boto3.dynamodb.types import TypeSerializer

from bugs.sightings import sightings
from errorlog.printed_lines import FALLBACK
from tests import hostile_records as hostile
from tests.conftest import DEEP, DEMO, slow
from tests.memory_dynamodb import MemoryDynamoDb
from tests.unit.backtest import fortnight
from tests.unit.backtest.fortnight import ERROR_RATE
from tests.unit.bugs.conftest import stream
from tocsin import findings, terminal, triage
from tocsin.backtest import backtest, write_page
from tocsin.backtest.view import print_report
from tocsin.bugs import decisions
from tocsin.bugs.bug import MAX_NAME, happened, iso
from tocsin.bugs.bug_items import bug_item
from tocsin.cli.program import program
from tocsin.drill.checks import Check, Kind, Link, Result, RowEnd
from tocsin.drill.view import DrillTable
from tocsin.findings import Finding, Severity
from tocsin.scenarios.loading import LoadedAlarms
from tocsin.scenarios.scenario_runs import ScenarioOutcome, ScenarioReport
from tocsin.scenarios.view import junit, lines
from tocsin.triage import view

pytestmark = slow

TEXTS = list(hostile.TEXTS.values())


def assert_printable(printed: str) -> None:
    """No control, format or invisible character but line breaks; and it has a form in UTF-8."""
    for line in printed.split("\n"):
        assert line.isprintable(), ascii(line)
        assert not re.search("[\u115f\u1160\u2800\u3164\ufe0f\uffa0\u034f]", line), ascii(line)
    printed.encode("utf-8")


def typed(*arguments: str) -> int:
    """The exit code of a task."""
    try:
        program.run(["inv", "--search-root", str(DEMO), *arguments])
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


# Records in the table, by the tasks that read them.


def attribute(value):
    """A value as DynamoDB's answer has it; botocore would give a lone surrogate, too."""
    if isinstance(value, float):
        return {"N": repr(value)}
    if isinstance(value, dict):
        return {"M": {name: attribute(member) for name, member in value.items()}}
    if isinstance(value, list):
        return {"L": [attribute(member) for member in value]}
    return TypeSerializer().serialize(value)


class Table:
    """DynamoDB with hostile records of one function; it asks by id, or by function and time."""

    exceptions = SimpleNamespace(ResourceNotFoundException=LookupError)

    def __init__(self, records) -> None:
        self.records = records

    def get_paginator(self, operation: str):
        assert operation == "query"
        return self

    def paginate(self, **request):
        values = request["ExpressionAttributeValues"]
        key, name = ("errorId", ":id") if ":id" in values else ("functionName", ":f")
        found = [record for record in self.records if record[key] == values[name]["S"]]
        yield {"Items": [{k: attribute(v) for k, v in record.items()} for record in found]}


def records():
    for number, text in enumerate(TEXTS):
        yield hostile.record(text) | {"errorId": f"01HOSTILE{number:03d}"}
    for number, value in enumerate(hostile.STORED.values()):
        yield hostile.record("x") | {
            "errorId": f"01VALUE{number:03d}", "event": value, "suppressed": value,
            "errorMessage": value, "fingerprint": f"v1:{number}",
        }  # fmt: skip


@pytest.fixture
def table(monkeypatch):
    found = list(records())
    client = Table(found)
    account = SimpleNamespace(region="us-east-1", client=lambda _: client)
    monkeypatch.setattr("tocsin.aws.account.of", lambda *_: account)
    return found


@pytest.fixture
def task(capsys):
    """``task("errors", ...)``: what a task prints on stdout that ends so."""

    def run(*arguments: str, ends: int = 0) -> str:
        exit_code = typed(*arguments)
        printed = capsys.readouterr()
        assert exit_code == ends, printed.err
        assert_printable(printed.out)
        assert_printable(printed.err)
        return printed.out

    return run


def test_errors_lists_them(table, task) -> None:
    listed = task("errors", "--limit", "1000")
    assert all(record["errorId"] in listed for record in table)
    found = json.loads(task("errors", "--limit", "1000", "--json"))
    assert {record["errorId"] for record in found} == {record["errorId"] for record in table}


def test_errors_show_shows_each(table, capsys) -> None:
    for record in table:
        for line in view.record_lines(record):
            terminal.data(line)
        shown = capsys.readouterr().out
        assert_printable(shown)
        assert re.search(rf"^errorId +{record['errorId']}$", shown, re.MULTILINE)
        terminal.as_json(record)
        assert json.loads(capsys.readouterr().out) == triage.plain(record)


def test_errors_show_is_what_prints_them(table, task) -> None:
    for record in table[:: 1 if DEEP else 30]:
        assert record["errorId"] in task("errors-show", record["errorId"])
        read = json.loads(task("errors-show", record["errorId"], "--json"))
        assert read == triage.plain(record)


def test_an_id_that_is_none_is_quoted(table, capsys) -> None:
    for text in TEXTS[:: 1 if DEEP else 20]:
        assert typed("errors-show", "--", text) in (1, 2)
        printed = capsys.readouterr()
        assert_printable(printed.out + printed.err)


def test_errors_groups_counts_them(table, task) -> None:
    task("errors-groups", "--since", "7d")
    found = json.loads(task("errors-groups", "--json"))
    assert sum(group["count"] for group in found) == len(table)


def test_errors_tail_gives_each_in_a_line(table, monkeypatch, capsys) -> None:
    for json_wanted in (False, True):
        monkeypatch.setattr("tocsin.triage.tail", lambda *_, **__: iter(table))
        arguments = ["errors-tail", "--for", "1s", *(["--json"] if json_wanted else [])]
        assert typed(*arguments) == 0
        printed = capsys.readouterr().out
        assert_printable(printed)
        assert printed.count("\n") == len(table)
        if json_wanted:
            read = [json.loads(line) for line in printed.splitlines()]
            assert [record["errorId"] for record in read] == [record["errorId"] for record in table]


def test_errors_import_takes_them_or_says_why_not(task, tmp_path, monkeypatch) -> None:
    put = []
    client = SimpleNamespace(
        exceptions=SimpleNamespace(
            ResourceNotFoundException=LookupError, ConditionalCheckFailedException=KeyError
        ),
        put_item=lambda **request: put.append(request["Item"]),
    )
    account = SimpleNamespace(region="us-east-1", client=lambda _: client)
    monkeypatch.setattr("tocsin.aws.account.of", lambda *_: account)
    file = tmp_path / "log.txt"
    fine = [hostile.record(text) for text in TEXTS]
    forged = [hostile.record("x") | {"errorId": text} for text in TEXTS if not text.isalnum()]
    prints = [f"printed: {FALLBACK} {text}" for text in TEXTS]
    said = [json.dumps({FALLBACK: record}) for record in (*fine, *forged)]
    file.write_bytes("\n".join([*said, *prints]).encode("utf-8", "surrogatepass"))
    done = json.loads(task("errors-import", str(file), "--json", ends=1))
    assert (done["found"], done["written"]) == (len(fine), len(fine))
    assert len(done["damaged"]) >= len(forged)
    assert done["skipped"] >= len(forged) + len(prints)
    task("errors-import", str(file), ends=1)
    assert {item["errorId"]["S"] for item in put} == {hostile.ID}
    json.dumps(put).encode("utf-8")


def test_errors_repro_says_of_a_forged_one_what_is_accepted(monkeypatch, capsys) -> None:
    for field in hostile.FORMED:
        record = hostile.record("x") | {field: "x/../../../conftest\x1b[2J"}
        monkeypatch.setattr("tocsin.triage.show", lambda *_, found=record: found)
        monkeypatch.setattr("tocsin.aws.account.of", lambda *_: None)
        exit_code = typed("errors-repro", "x")
        printed = capsys.readouterr()
        assert (exit_code, printed.out) == (2, "")
        assert printed.err.startswith(f"{field}: found 'x/../../../conftest\\x1b[2J'; accepted: ")
        assert_printable(printed.err)


# Bugs, as they are remembered: what the stream of such records makes of them.


class Memory(MemoryDynamoDb):
    """The memory's table, and the error log's behind it."""

    def __init__(self, records) -> None:
        super().__init__()
        self.records = Table(records)

    def get_paginator(self, operation: str):
        return self

    def paginate(self, **request):
        if request["TableName"].startswith("error-log"):
            yield from self.records.paginate(**request)
        else:
            yield from super().paginate(**request)


@pytest.fixture(scope="module")
def memory():
    """Every text in every field of a bug, its notes and its releases, each bug in another state."""
    found = list(records())
    client = Memory(found)
    now = datetime.now(UTC)
    for number, record in enumerate(found):
        text = TEXTS[number % len(TEXTS)].encode("utf-8", "replace").decode()
        image = dict.fromkeys(("errorType", "errorMessage", "topFrame"), text) | {
            "errorId": record["errorId"], "functionName": record["functionName"],
            "fingerprint": f"v1:{number:x}", "timestamp": iso(now), "release": text or "r",
        }  # fmt: skip
        batch = stream(image, first=number)
        for sighting in sightings(batch, now, frozenset()):
            bug = happened(None, [sighting.occurrence], {}, now)
            decided = (
                bug,
                decisions.noted(bug, iso(now), text, text),
                decisions.resolved(bug, iso(now), text, text),
                decisions.muted(bug, iso(now), text, until=iso(now), release=text),
            )[number % 4]
            client.put_item("bugs-table-dev", bug_item(replace(decided, newest_id=bug.newest_id)))
    return client


@pytest.fixture
def remembered(memory, monkeypatch):
    account = SimpleNamespace(region="us-east-1", client=lambda _: memory)
    monkeypatch.setattr("tocsin.aws.account.of", lambda *_: account)
    monkeypatch.setattr("tocsin.triage.caller", lambda _: TEXTS[0])
    return [key[1] for key in memory.items["bugs-table-dev"] if key[0].startswith("bug#")]


def test_bugs_lists_them(remembered, task) -> None:
    listed = task("bugs", "--state", "all")
    assert all(fingerprint in listed for fingerprint in remembered)
    found = json.loads(task("bugs", "--state", "all", "--json"))
    assert {bug["fingerprint"] for bug in found} == set(remembered)


def test_errors_show_shows_a_bug_and_git_is_asked_of_no_forged_release(
    remembered, task, monkeypatch
) -> None:
    asked = []
    monkeypatch.setattr("tocsin.triage.suspect_commits._git", lambda _, *words: asked.append(words))
    for fingerprint in remembered[:: 1 if DEEP else 30]:
        assert fingerprint in task("errors-show", fingerprint)
        assert json.loads(task("errors-show", fingerprint, "--json"))["bug"]["count"] == 1
    assert asked == []


def test_decisions_on_them_and_their_releases(remembered, task) -> None:
    step = 1 if DEEP else 30
    for number, fingerprint in enumerate(remembered[::step]):
        text = TEXTS[number * step % len(TEXTS)]
        text = text[:MAX_NAME] if text.strip() else "x"  # of blanks it is none
        for words in (
            ("errors-note", "--text", text, fingerprint),
            ("errors-resolve", "--release", text, fingerprint),
            ("errors-mute", "--release", text, fingerprint),
            ("errors-resolve", "--undo", fingerprint),
        ):
            task(*words)
    names = sorted({text for text in TEXTS if text.isprintable() and text.strip() == text and text
                    and not text.startswith("-") and len(text) < 100})  # fmt: skip
    task("errors-diff", names[0], names[1])


@pytest.mark.parametrize("more", [(), ("--clear",)])
def test_a_note_of_blanks_is_called_that(remembered, capsys, more) -> None:
    assert typed("errors-note", "--text", " \t", *more, remembered[0]) == 2
    assert "--text: found blanks alone; accepted: a text" in capsys.readouterr().err


@pytest.mark.parametrize("task_name", ["errors-resolve", "errors-mute"])
@pytest.mark.parametrize(
    ("release", "said"), [(" ", "blanks alone"), ("r" * 141, "141 characters")]
)
def test_a_release_that_none_can_have_is_refused(
    remembered, capsys, task_name, release, said
) -> None:
    assert typed(task_name, "--release", release, remembered[0]) == 2
    assert f"release: found {said}; accepted: a release, of at most 140" in capsys.readouterr().err


def test_a_release_that_is_not_known_is_told_from_those_that_are_in_one_line(
    remembered, capsys
) -> None:
    assert typed("errors-diff", "none", "none") == 2
    said = capsys.readouterr().err
    assert said.startswith("found no failure of release 'none'; accepted: ")
    assert said.count("\n") == 1


# Alarms, findings, scenarios, the drill.


def test_alarms_gives_their_reasons(task, monkeypatch) -> None:
    reasons = itertools.cycle(TEXTS)
    given = set()

    def describe_alarms(AlarmNames, **_):
        answer = [
            {"AlarmName": name, "StateValue": "ALARM", "StateReason": next(reasons)}
            for name in AlarmNames
        ]
        given.update(alarm["StateReason"] for alarm in answer)
        return {"MetricAlarms": answer}

    account = SimpleNamespace(
        region="us-east-1", client=lambda _: SimpleNamespace(describe_alarms=describe_alarms)
    )
    monkeypatch.setattr("tocsin.aws.account.of", lambda *_: account)
    while given < set(TEXTS):
        task("alarms")
        assert {alarm["state"] for alarm in json.loads(task("alarms", "--json"))} == {"ALARM"}


FINDINGS = [
    Finding(severity, rule, text, text)
    for text in TEXTS
    for severity, rule in ((Severity.ERROR, "a/rule"), (Severity.WARNING, f"a/{text}"))
]
OUTCOMES = ScenarioReport(
    tuple(
        ScenarioOutcome(text, text, text, text, text, text, False, (text, text)) for text in TEXTS
    )
)


def test_findings_are_a_line_each(capsys) -> None:
    for line in findings.lines(FINDINGS):
        terminal.data(line)
    printed = capsys.readouterr().out
    assert_printable(printed)
    assert printed.count("\n") == len(FINDINGS)
    terminal.as_json([finding.as_dict() for finding in FINDINGS])
    assert len(json.loads(capsys.readouterr().out)) == len(FINDINGS)


def test_results_of_scenarios(capsys) -> None:
    for line in lines(OUTCOMES, FINDINGS):
        terminal.data(line)
    assert_printable(capsys.readouterr().out)


def test_junit_is_xml_that_says_the_same(tmp_path) -> None:
    text = junit(OUTCOMES, FINDINGS)
    assert_printable(text.replace("\t", ""))
    (tmp_path / "junit.xml").write_text(text, encoding="utf-8")
    suite = ElementTree.parse(tmp_path / "junit.xml").getroot()  # noqa: S314 - our own text
    cases = suite.findall("testcase")
    assert len(cases) == len(TEXTS) + len(TEXTS)
    assert {child.tag for case in cases for child in case.iter()} == {"testcase", "failure"}
    for case, said in zip(cases, TEXTS, strict=False):
        if said.isprintable() and said.isascii():
            assert case.get("classname") == said


def test_the_drill(capsys) -> None:
    checks = [
        Check(text, Kind.EXCEPTION, Link.RECORDED, result, 0.1, text)
        for text in TEXTS
        for result in Result
    ]
    table = DrillTable([check.function for check in checks])
    for check in checks:
        table.tell(check)
        table.tell(RowEnd(check.function, check.kind))
    table.end()
    assert_printable(capsys.readouterr().out)
    terminal.as_json([check.as_dict() for check in checks])
    assert len(json.loads(capsys.readouterr().out)) == len(checks)


# The backtest's page.


class Page(HTMLParser):
    """Which elements a page has, with which attributes, and its text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: set[tuple[str, tuple[str, ...]]] = set()
        self.texts: list[str] = []

    def handle_starttag(self, tag, attrs) -> None:
        self.elements.add((tag, tuple(name for name, _ in attrs)))

    def handle_data(self, data) -> None:
        self.texts.append(data)

    def handle_comment(self, data) -> None:
        raise AssertionError(f"a comment: {data}")

    def handle_pi(self, data) -> None:
        raise AssertionError(f"a processing instruction: {data}")


def page_of(file, texts) -> Page:
    alarms = tuple(replace(ERROR_RATE, name=f"{n}{text}") for n, text in enumerate(texts))
    write_page(file, backtest(LoadedAlarms(alarms), fortnight.history(), texts[0], wish=None))
    page = Page()
    page.feed(file.read_text(encoding="utf-8"))
    return page


def test_the_page_of_a_backtest_has_the_elements_of_any_other(tmp_path) -> None:
    file = tmp_path / "page.html"
    benign = page_of(file, ["an alarm"] * 2)
    for start in range(0, len(TEXTS), 20):
        page = page_of(file, TEXTS[start : start + 20])
        assert_printable(file.read_text(encoding="utf-8"))
        assert page.elements == benign.elements
        shown = "".join(page.texts)
        for text in TEXTS[start : start + 20]:
            if text.isprintable() and text.isascii():
                assert text in shown


def test_the_table_of_a_backtest(capsys) -> None:
    alarms = tuple(replace(ERROR_RATE, name=text) for text in TEXTS[:20])
    print_report(backtest(LoadedAlarms(alarms), fortnight.history(), TEXTS[0]))
    assert_printable(capsys.readouterr().out)
