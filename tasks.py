"""Invoke tasks: parse arguments, call tocsin, print. No logic lives here.

`./inv --list` shows them all, `./inv --help deploy` one.
"""

import functools
import os
import shlex
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from invoke import Context, Exit, task

ROOT = Path(__file__).resolve().parent
STAGE = "dev"  # tocsin.config.DEFAULT_STAGE; importing it would load pydantic for --list

HELP = {
    "stage": f"stage of monitoring.yml (default {STAGE})",
    "region": "AWS region, instead of monitoring.yml's",
    "function": "one function, by its key in monitoring.yml or its deployed name",
    "json": "JSON on stdout instead of a table",
}


def verb(*options: str, **more_help: str) -> Callable[[Callable[..., None]], Any]:
    """A task whose expected failures end as one message on stderr and an exit code."""

    def wrap(body: Callable[..., None]) -> Any:
        @functools.wraps(body)
        def guarded(*args: Any, **kwargs: Any) -> None:
            from tocsin.escaping import visible
            from tocsin.exceptions import TocsinError

            # A CI that runs out of time sends SIGTERM: clean up as on Ctrl-C.
            signal.signal(signal.SIGTERM, signal.default_int_handler)
            try:
                body(*args, **kwargs)
            except TocsinError as error:
                raise Exit(visible(f"{error}", keep="\n"), code=error.exit_code) from None
            except KeyboardInterrupt:
                raise Exit("interrupted", code=130) from None
            except Exception as error:
                if type(error).__module__.startswith("botocore."):
                    raise Exit(visible(f"AWS: {error}", keep="\n"), code=1) from None
                raise

        return task(help={name: HELP[name] for name in options} | more_help)(guarded)

    return wrap


@verb("stage", "region")
def render(_: Context, stage: str = STAGE, region: str = "") -> None:
    """monitoring.yml and the templates -> build/<stage>/serverless.yml."""
    from tocsin.cli import terminal
    from tocsin.packaging.render import render as write

    for file in write(ROOT, _listed(stage, region)):
        terminal.data(_relative(file))


@verb("stage", "region")
def package(_: Context, stage: str = STAGE, region: str = "") -> None:
    """Archives and compiled CloudFormation in build/<stage>/; needs no AWS account."""
    from tocsin.cli import terminal

    built = _package(_listed(stage, region))
    for file in (*built.templates, *built.archives):
        terminal.data(_relative(file))


@verb("stage", "region", "json")
def check(_: Context, stage: str = STAGE, region: str = "", json: bool = False) -> None:
    """Package, then look for what is wrong with the compiled stack; needs no AWS account."""
    from tocsin import findings
    from tocsin.cli import terminal

    found = _check(_listed(stage, region))
    if json:
        terminal.as_json([each.as_dict() for each in found])
    else:
        for line in findings.lines(found):
            terminal.data(line)
        terminal.data(f"check: {findings.errors_in(found)} errors, {len(found)} findings")
    if findings.errors_in(found):
        raise Exit(code=1)


@verb(
    "stage",
    "region",
    "json",
    template="a template or DescribeAlarms output of your own, instead of the stage's",
    junit="also write JUnit XML to this file",
)
def test_alarms(
    _: Context,
    stage: str = STAGE,
    region: str = "",
    template: str = "",
    junit: str = "",
    json: bool = False,
) -> None:
    """Evaluate every alarm: generated scenarios, and those of tests/alarms; part of check."""
    from tocsin import scenarios
    from tocsin.check.scenarios import folders
    from tocsin.cli import terminal
    from tocsin.cloudformation.merged import read_whole

    if template:
        alarms = scenarios.load_alarms(Path(template))
        files = []
    else:
        configured = _listed(stage, region)
        whole = read_whole(configured, _package(configured).templates)
        alarms = scenarios.alarms_of(whole)
        files = folders(ROOT)
    findings = scenarios.prove(alarms)
    report = scenarios.run_files(files, alarms)
    if junit:
        Path(junit).write_text(scenarios.junit(report, findings), encoding="utf-8")
    if json:
        terminal.as_json(scenarios.as_dict(report, findings))
    else:
        for line in scenarios.lines(report, findings):
            terminal.data(line)
    if scenarios.failed(report, findings):
        raise Exit(code=1)


@verb(
    "stage",
    "region",
    smoke_test="run the drill on what was deployed",
    rollback="let the alarm undo it where monitoring.yml says so",
)
def deploy(
    _: Context,
    stage: str = STAGE,
    region: str = "",
    smoke_test: bool = True,
    rollback: bool = True,
) -> None:
    """Check, deploy with osls, then run the drill; `local` starts the local stage first."""
    from tocsin import findings
    from tocsin.aws import account
    from tocsin.cli import terminal
    from tocsin.deploy.run import deploy as deploy_stack

    configured = _config(stage, region)
    if configured.is_local:
        _start_local(configured)
    configured = _listed(stage, region)
    target = account.of(ROOT, configured)
    found = _check(configured)
    for line in findings.lines(found):
        terminal.note(line)
    if findings.errors_in(found):
        raise Exit("nothing was deployed: the check found errors", code=1)
    with terminal.step(f"deploy {configured.stack_name} to {configured.region}"):
        outputs = deploy_stack(ROOT, configured, target, terminal.note, undo=rollback)
    for key, value in sorted(outputs.items()):
        terminal.note(f"  {key}: {value}")
    if smoke_test:
        # Nobody asked for failures on a protected stage: there, only the wiring.
        _drill(configured, target, wiring=configured.protected)


@verb(
    "stage",
    "region",
    "function",
    "json",
    only="kinds of failure, separated by commas (default: all)",
    wiring="only set each alarm's state and see it notified: seconds, no traffic",
    yes="make functions fail also where the stage is protected",
)
def smoke_test(
    _: Context,
    stage: str = STAGE,
    region: str = "",
    function: str = "",
    only: str = "",
    wiring: bool = False,
    yes: bool = False,
    json: bool = False,
) -> None:
    """The fire drill: make the functions fail, see record, alarm, notification and recovery."""
    from tocsin.aws import account
    from tocsin.drill import ProtectedStage, kinds

    wanted = kinds(only)
    configured = _config(stage, region)
    if configured.protected and not (wiring or yes):
        raise ProtectedStage(configured.name)
    _drill(
        configured,
        account.of(ROOT, configured),
        function=function or None,
        only=wanted,
        wiring=wiring,
        as_json=json,
    )


@verb("stage", "region", yes="also where the stage is protected")
def remove(_: Context, stage: str = STAGE, region: str = "", yes: bool = False) -> None:
    """Take the stage's stacks down."""
    from tocsin.aws import account
    from tocsin.cli import terminal
    from tocsin.deploy.run import remove as remove_stack

    configured = _config(stage, region)
    target = account.of(ROOT, configured)
    with terminal.step(f"remove {configured.stack_name}"):
        remove_stack(ROOT, configured, target, confirmed=yes, tell=terminal.note)


@verb("stage", "region", "json", recover="write stacks.lock.yml anew from what is deployed")
def stacks(
    _: Context, stage: str = STAGE, region: str = "", recover: bool = False, json: bool = False
) -> None:
    """The CloudFormation stacks of the stage, and which functions each has."""
    from tocsin import stacks as all_stacks
    from tocsin.aws import account
    from tocsin.cli import terminal
    from tocsin.deploy.deployed import recover_lock

    configured = _config(stage, region)
    if recover:
        recover_lock(ROOT, configured, account.of(ROOT, configured))
        configured = _config(stage, region)
    found = all_stacks.stacks_of(configured)
    if json:
        terminal.as_json([each.as_dict() for each in found])
        return
    terminal.table(
        [terminal.Column("stack"), terminal.Column("functions", right=True),
         terminal.Column("room", right=True)],
        [(each.name, str(len(each.functions)), str(each.room)) for each in found],
    )  # fmt: skip


@verb("stage", "region", "function", "json")
def alarms(
    _: Context, stage: str = STAGE, region: str = "", function: str = "", json: bool = False
) -> None:
    """State of each alarm, and why."""
    from tocsin.aws import account
    from tocsin.aws.alarms import states
    from tocsin.cli import terminal

    configured = _config(stage, region)
    found = states(account.of(ROOT, configured), configured, function or None)
    if json:
        terminal.as_json([each.as_dict() for each in found])
        return
    colours = {"OK": "green", "ALARM": "red", "INSUFFICIENT_DATA": "yellow"}
    terminal.table(
        [terminal.Column("alarm"), terminal.Column("state", colours),
         terminal.Column("since (UTC)"), terminal.Column("why")],
        [
            (each.name, each.state, f"{each.since:%Y-%m-%d %H:%M}" if each.since else "-",
             each.reason)
            for each in found
        ],
    )  # fmt: skip


@verb(
    "stage",
    "region",
    "function",
    "json",
    days="how many days back from today (default 14)",
    rendered="replay the alarms of monitoring.yml, not those deployed",
    alarms="replay the alarms of this template or DescribeAlarms output",
    from_="read the metrics from this file (.json, .csv, .parquet), not from CloudWatch",
    save="also write the metrics to this file, for --from",
    pages_per_week="how often an alarm may page; what it takes is proposed (default 1)",
    html="also write the report with plots to this file",
)
def backtest(
    _: Context,
    stage: str = STAGE,
    region: str = "",
    function: str = "",
    days: str = "14",
    rendered: bool = False,
    alarms: str = "",
    from_: str = "",
    save: str = "",
    pages_per_week: str = "1",
    html: str = "",
    json: bool = False,
) -> None:
    """Replay the history of the metrics through the alarms: episodes, pages, better thresholds."""
    from tocsin import backtest as backtests
    from tocsin.cli import options, terminal

    request = backtests.Request(
        function=function or None,
        days=options.count(days, "--days"),
        rendered=rendered,
        alarms=Path(alarms) if alarms else None,
        saved=Path(from_) if from_ else None,
        wish=options.rate(pages_per_week, "--pages-per-week"),
    )
    configured = _config(stage, region)
    if rendered:
        _package(configured)
    with terminal.progress(f"metrics of {configured.stack_name}") as on_day:
        history, run = backtests.prepare(ROOT, configured, request, on_day)
    if save:
        backtests.save(Path(save), history)
    with terminal.step("replay"):
        report = run()
    if html:
        backtests.write_page(Path(html), report)
        terminal.note(f"report with plots: {html}")
    if json:
        terminal.as_json(report.as_dict())
    else:
        backtests.print_report(report)


@verb(
    "stage",
    "region",
    "json",
    invocations="calls a month of all functions, such as 250k or 1m (default 1m)",
    error_rate="share of them that fails (default 1%)",
    log_bytes="bytes that a call logs (default 800)",
)
def cost(
    _: Context,
    stage: str = STAGE,
    region: str = "",
    invocations: str = "1m",
    error_rate: str = "1%",
    log_bytes: str = "800",
    json: bool = False,
) -> None:
    """What the stage's observability costs a month, and what would lower it."""
    from tocsin import cost as costs
    from tocsin.cli import options, terminal
    from tocsin.cloudformation.merged import read_whole

    usage = costs.Usage(
        options.amount(invocations, "--invocations"),
        options.percent(error_rate, "--error-rate"),
        options.count(log_bytes, "--log-bytes"),
    )
    configured = _config(stage, region)
    whole = read_whole(configured, _package(configured).templates)
    found = costs.estimate(configured, whole, usage)
    if json:
        terminal.as_json(found.as_dict())
    else:
        costs.print_estimate(found)


@verb("stage", "region", "function", "json", limit="how many, newest first")
def errors(
    _: Context,
    stage: str = STAGE,
    region: str = "",
    function: str = "",
    limit: str = "20",
    json: bool = False,
) -> None:
    """The error log, newest first, one line each."""
    from tocsin import triage
    from tocsin.aws import account
    from tocsin.cli import options, terminal
    from tocsin.triage import view

    most = options.count(limit, "--limit")
    configured = _config(stage, region)
    found = triage.newest(account.of(ROOT, configured), configured, function or None, most)
    if json:
        terminal.as_json(found)
    else:
        view.records_table(found)


@verb("stage", "region", "json", error_id="the record's errorId, as `errors` lists it")
def errors_show(
    _: Context, error_id: str, stage: str = STAGE, region: str = "", json: bool = False
) -> None:
    """One record whole: stack trace, redacted event, where its log is."""
    from tocsin import triage
    from tocsin.aws import account
    from tocsin.cli import terminal
    from tocsin.triage import view

    configured = _config(stage, region)
    record = triage.show(account.of(ROOT, configured), configured, error_id)
    if json:
        terminal.as_json(record)
        return
    for line in view.record_lines(record):
        terminal.data(line)


@verb("stage", "region", "function", "json", since="how far back, such as 12h or 7d")
def errors_groups(
    _: Context,
    stage: str = STAGE,
    region: str = "",
    function: str = "",
    since: str = "7d",
    json: bool = False,
) -> None:
    """The error log by fingerprint, one line for each bug."""
    from tocsin import triage
    from tocsin.aws import account
    from tocsin.cli import options, terminal
    from tocsin.triage import view

    seconds = options.seconds(since, "--since")
    configured = _config(stage, region)
    found = triage.recent_groups(
        account.of(ROOT, configured), configured, function or None, seconds
    )
    if json:
        terminal.as_json([each.as_dict() for each in found])
    else:
        view.groups_table(found)


@verb("stage", "region", "function", "json", for_="how long, such as 90s; without it, until Ctrl-C")
def errors_tail(
    _: Context,
    stage: str = STAGE,
    region: str = "",
    function: str = "",
    for_: str = "",
    json: bool = False,
) -> None:
    """New records as they come, one line each; JSON has one object a line."""
    from tocsin import triage
    from tocsin.aws import account
    from tocsin.cli import options, terminal
    from tocsin.triage import view

    seconds = options.seconds(for_, "--for") if for_ else None
    configured = _config(stage, region)
    target = account.of(ROOT, configured)
    try:
        coming = triage.tail(target, configured, function or None, seconds)
        terminal.note("waiting for new records")
        for record in coming:
            if json:
                terminal.as_json_line(record)
            else:
                terminal.data(view.record_line(record))
    except KeyboardInterrupt:
        terminal.note("stopped")


@verb(
    "stage",
    "region",
    "json",
    file="log lines, the CLI's JSON, or the results of a Logs Insights query; -: stdin",
)
def errors_import(
    _: Context, file: str, stage: str = STAGE, region: str = "", json: bool = False
) -> None:
    """Bring records back into the table that were only logged; what is there stays."""
    from tocsin import triage
    from tocsin.aws import account
    from tocsin.cli import terminal
    from tocsin.triage import view

    configured = _config(stage, region)
    found = triage.fallback_records(triage.read_log(file))
    done = triage.bring_back(account.of(ROOT, configured), configured, found.records)
    if json:
        terminal.as_json(view.imported(found, done))
        return
    for line in view.imported_lines(found, done):
        terminal.data(line)


@verb(
    "stage",
    "region",
    error_id="the record's errorId, as `errors` lists it",
    output="file to write, instead of tests/repro/test_<function>_<id>.py",
)
def errors_repro(
    _: Context, error_id: str, stage: str = STAGE, region: str = "", output: str = ""
) -> None:
    """Write a pytest file that replays the failure's event against the function's code."""
    from tocsin import triage
    from tocsin.aws import account
    from tocsin.cli import terminal

    configured = _config(stage, region)
    record = triage.show(account.of(ROOT, configured), configured, error_id)
    terminal.data(_relative(triage.write_repro(ROOT, configured, record, output)))


@verb(task="the task, such as errors-groups")
def json_schema(_: Context, task: str) -> None:
    """The JSON Schema of what a task prints with --json."""
    from tocsin.cli import json_output, terminal

    terminal.as_json(json_output.schema(task))


@verb(
    "stage",
    "region",
    role="reader, importer or driller",
    account="the account's number, to name it in each ARN",
)
def permissions(
    _: Context, role: str, stage: str = STAGE, region: str = "", account: str = "*"
) -> None:
    """The IAM policy for people who read a stage or hold its drill, as JSON."""
    from tocsin.aws.operator_policies import policy
    from tocsin.cli import terminal

    terminal.as_json(policy(_config(stage, region), role, account))


@verb(
    stage="a local stage: local, or one whose name begins with local-",
    port="port to listen on, instead of the default",
    full_speed="functions have the whole CPU and are not frozen between calls, unlike on Lambda",
    export="its variables, keys included, for the shell",
    json="the same as JSON on stdout",
)
def local_start(
    _: Context,
    stage: str = "local",
    port: int = 0,
    full_speed: bool = False,
    export: bool = False,
    json: bool = False,
) -> None:
    """Start the local stage: AWS on loopback, no account needed."""
    from tocsin.cli import terminal

    running = _start_local(_config(stage, ""), port, full_speed or None)
    if json:
        terminal.as_json({"endpoint": running.endpoint, "environment": running.environment()})
    elif export:
        for name, value in running.environment().items():
            terminal.data(f"export {name}={shlex.quote(value)}")


@verb(stage="a local stage: local, or one whose name begins with local-")
def local_stop(_: Context, stage: str = "local") -> None:
    """Stop the local stage; everything deployed on it is gone."""
    from tocsin.cli import terminal
    from tocsin.local import project

    stopped = project.stop(ROOT, stage)
    terminal.note("local stage stopped" if stopped else "local stage was not running")


@verb(
    "json",
    stage="a local stage: local, or one whose name begins with local-",
    advance="how far, such as 90s, 5m or 1h, at most 7d; without it, tell the time",
)
def local_clock(_: Context, stage: str = "local", advance: str = "", json: bool = False) -> None:
    """The local stage's clock: advancing it evaluates every minute in between."""
    from tocsin.cli import options, terminal
    from tocsin.local import clock, project

    distance = options.seconds(advance, "--advance", most=clock.LONGEST_ADVANCE) if advance else 0
    running = project.running(ROOT, stage)
    if distance:
        with terminal.progress("seconds of the stage") as on_progress:
            reading = clock.advance(running, distance, on_progress)
    else:
        reading = clock.read(running)
    if json:
        terminal.as_json(reading.as_dict())
        return
    terminal.data(f"{reading.now:%Y-%m-%d %H:%M:%S} UTC, {reading.offset:.0f} s ahead of the wall")
    for change in reading.changed:
        terminal.data(f"{change.at:%H:%M} {change.alarm}: {change.old} -> {change.new}")


@verb()
def lint(context: Context) -> None:
    """Ruff, and the one-way imports of the house."""
    _python(context, "-m ruff check .")
    _python(context, "-m ruff format --check .")
    _python(context, '-c "from importlinter.cli import lint_imports_command as c; c()"')


@verb()
def types(context: Context) -> None:
    """mypy --strict over tocsin, errorlog and collector."""
    _python(context, "-m mypy")


@verb(k="only tests whose name matches (pytest -k)")
def test_unit(context: Context, k: str = "") -> None:
    """The fast suite: the product, and this project's stack (tests/stack, tests/alarms)."""
    # A project that was made from this one has no tests of the product.
    suites = " ".join(each for each in ("tests/unit", "tests/stack") if (ROOT / each).is_dir())
    # A file stays on one core: what its fixtures compile is compiled once.
    _python(context, f"-m pytest {suites} -n auto --dist loadfile" + _only(k))


@verb(
    "stage",
    k="only tests whose name matches (pytest -k)",
    yes="make functions fail also where the stage is protected",
)
def test_integration(context: Context, stage: str = STAGE, k: str = "", yes: bool = False) -> None:
    """The whole workflow on a deployed stage: invocations, records, topic, metrics, alarms."""
    from tocsin.aws import account
    from tocsin.drill import ProtectedStage

    configured = _config(stage, "")
    if configured.protected and not yes:
        raise ProtectedStage(configured.name)
    account.outputs(account.of(ROOT, configured), configured)
    _python(context, "-m pytest tests/integration/stage" + _only(k),
            TOCSIN_STAGE=stage)  # fmt: skip


@verb(k="only tests whose name matches (pytest -k)")
def test_e2e(context: Context, k: str = "") -> None:
    """Whole runs on a local stage of its own: deploy, drill, break links, remove."""
    _python(context, "-m pytest tests/integration/local tests/e2e" + _only(k))


@verb(write="keep the score in docs/mutations.md", only="kinds whose name has this text")
def test_mutations(context: Context, write: bool = False, only: str = "") -> None:
    """Break the compiled template in a thousand ways: tests or check must notice each."""
    _python(context, "-m tests.mutations.run" + (" --write" if write else "")
            + (f" --only {shlex.quote(only)}" if only else ""))  # fmt: skip


@verb()
def test(context: Context) -> None:
    """Everything: lint, types, test-unit, test-e2e."""
    for part in (lint, types, test_unit, test_e2e):
        part.body(context)


@verb()
def test_deep(context: Context) -> None:
    """The exhaustive runs, minutes each: random alarms, many functions, and the benchmarks."""
    _python(context, "-m pytest tests/unit/cloudwatch/test_agreement.py", TOCSIN_DEEP="1")
    _python(context, "-m pytest tests/unit/stacks tests/e2e/test_several_stacks.py",
            TOCSIN_DEEP="1")  # fmt: skip
    test_mutations.body(context)
    for name in ("engine_replay", "errorlog_cost", "errorlog_storm", "lambda_share", "scale"):
        _python(context, f"-m tests.benchmarks.{name}")


@verb()
def lock(context: Context) -> None:
    """Pin the latest versions of requirements/ and of each functions/*/requirements.in (needs uv
    on the PATH)."""
    from tocsin.packaging.package import DECLARED, FUNCTIONS, REQUIREMENTS

    locks = {ROOT / f"requirements/{each}.in": f"{each}.lock" for each in ("tools", "layer")}
    locks |= dict.fromkeys(sorted((ROOT / FUNCTIONS).glob(f"*/{DECLARED}")), REQUIREMENTS)
    for declared, locked in locks.items():
        with context.cd(shlex.quote(str(declared.parent))):
            context.run(
                "uv pip compile --quiet --upgrade --universal --python-version 3.11 "
                "--generate-hashes --no-header --no-emit-index-url --no-emit-find-links "
                f"{declared.name} --output-file {locked}"
            )


def _config(stage: str, region: str) -> Any:
    from tocsin import config

    return config.load(ROOT, stage, region or None)


def _listed(stage: str, region: str) -> Any:
    """The configuration with what the account's lists give now, for what writes a stack."""
    from tocsin.aws import discovery
    from tocsin.cli import terminal

    configured = _config(stage, region)
    note = discovery.refresh(ROOT, configured)
    if note is None:
        return configured
    terminal.note(note)
    return _config(stage, region)


def _check(configured: Any) -> Any:
    from tocsin.check import check as find
    from tocsin.cli import terminal

    built = _package(configured)
    with terminal.step(f"check {configured.stack_name}"):
        return find(ROOT, configured, *built.templates)


def _package(configured: Any) -> Any:
    from tocsin.cli import terminal
    from tocsin.packaging.package import package as build

    with terminal.step(f"package {configured.stack_name}"):
        return build(ROOT, configured)


def _start_local(configured: Any, port: int = 0, full_speed: bool | None = None) -> Any:
    from tocsin.cli import terminal
    from tocsin.local import clock, project

    running = project.start(
        ROOT, configured.region, port or None, configured.name, full_speed=full_speed
    )
    terminal.note(f"local stage {'started' if running.fresh else 'runs'} on {running.endpoint}")
    if running.fresh and clock.call(running, "health", signed=False).get("cpu") == "signals":
        terminal.note(
            "no control groups may be made here: functions get their share of CPU by being stopped"
        )
    return running


def _drill(
    configured: Any,
    target: Any,
    *,
    function: str | None = None,
    only: Any = (),
    wiring: bool = False,
    as_json: bool = False,
) -> None:
    from tocsin.aws import account
    from tocsin.cli import terminal
    from tocsin.config.selection import selected
    from tocsin.drill import KINDS, LocalClock, Topics, WallClock, check_wiring, drill
    from tocsin.drill.view import print_table

    chosen = selected(configured, function)
    topics = Topics.of_outputs(account.outputs(target, configured))
    clock = LocalClock(target.local) if target.local else WallClock()
    with terminal.step(f"smoke-test {configured.stack_name}"):
        if wiring:
            checks = check_wiring(target, configured, topics, clock, chosen)
        else:
            checks = drill(target, configured, topics, clock, chosen, only or KINDS)
    if as_json:
        terminal.as_json([each.as_dict() for each in checks])
    else:
        print_table(checks)
    if any(each.failed for each in checks):
        raise Exit(code=1)


def _python(context: Context, arguments: str, **environment: str) -> None:
    os.chdir(ROOT)  # not context.cd, whose path goes through a shell
    context.run(
        f"{shlex.quote(sys.executable)} {arguments}", pty=sys.stdout.isatty(), env=environment
    )


def _only(names: str) -> str:
    return f" -k {shlex.quote(names)}" if names else ""


def _relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()
