"""What is wrong, what the alarms would do, and what it costs: before anything is deployed."""

from pathlib import Path

from tocsin import terminal
from tocsin.cli import options
from tocsin.cli.session import Session
from tocsin.cli.task import TaskResult, task
from tocsin.counted import counted
from tocsin.exceptions import InputError


@task("region", "json")
def check(session: Session) -> TaskResult:
    """Package the stage, then look for what is wrong with it; needs no AWS account."""
    from tocsin import findings

    session.listed()
    found = session.check()
    errors = findings.errors_in(found)

    def view() -> None:
        for line in findings.lines(found):
            terminal.data(line)
        warnings = counted(len(found) - errors, "warning")
        terminal.data(f"check: {counted(errors, 'error')}, {warnings}")

    return TaskResult([finding.as_dict() for finding in found], view, failed=bool(errors))


@task(
    "region",
    "json",
    template="a template or DescribeAlarms output of your own, instead of the stage's",
    parameter="name=value of a parameter of --template; once for each",
    account="the account that --template is for",
    junit="also write JUnit XML to this file",
    iterable=["parameter"],
)
def test_alarms(
    session: Session,
    template: str = "",
    parameter: list[str] | None = None,
    account: str = "",
    junit: str = "",
) -> TaskResult:
    """Evaluate every alarm: by generated scenarios, and by those of tests/alarms."""
    from tocsin import scenarios
    from tocsin.check.scenarios import folders
    from tocsin.cloudformation.merged import read_whole

    if not template and (parameter or account):
        raise InputError("--parameter and --account: found without --template; accepted: with it")
    report_file = options.output_file(junit, "--junit") if junit else None
    if template:
        number = options.account(account, "--account")
        place = {"AWS::Region": session.region, "AWS::AccountId": number}
        given = {name: value for name, value in place.items() if value}
        alarms = scenarios.load_alarms(Path(template), given | options.pairs(parameter or ()))
        files: list[Path] = []
        suffix = None
    else:
        stage = session.listed()
        alarms = scenarios.alarms_of(read_whole(stage, session.package().templates))
        files = list(folders(session.root))
        suffix = stage.suffix
    findings = scenarios.prove(alarms)
    report = scenarios.run_files(files, alarms, suffix)
    if report_file:
        report_file.write_text(scenarios.junit(report, findings), encoding="utf-8")

    def view() -> None:
        for line in scenarios.lines(report, findings):
            terminal.data(line)

    failed = scenarios.failed(report, findings)
    return TaskResult(scenarios.as_dict(report, findings), view, failed=failed)


@task(
    "region",
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
    session: Session,
    function: str = "",
    days: str = "14",
    rendered: bool = False,
    alarms: str = "",
    from_: str = "",
    save: str = "",
    pages_per_week: str = "1",
    html: str = "",
) -> TaskResult:
    """Replay the history of the metrics through the alarms, and propose better thresholds."""
    from tocsin import backtest as backtests

    request = backtests.BacktestRequest(
        function=function or None,
        days=options.count(days, "--days"),
        rendered=rendered,
        alarms=Path(alarms) if alarms else None,
        saved=Path(from_) if from_ else None,
        wish=options.rate(pages_per_week, "--pages-per-week"),
    )
    for file in (save, from_):
        if file:
            backtests.refuse_ending(Path(file))
    saved = options.output_file(save, "--save") if save else None
    page = options.output_file(html, "--html") if html else None
    stage = session.stage
    if rendered:
        session.package()
    with terminal.progress(f"metrics of {stage.stack_name}") as on_day:
        history, run = backtests.prepare(session.root, stage, request, on_day)
    if saved:
        backtests.save(saved, history)
    with terminal.step("replay"):
        report = run()
    if page:
        backtests.write_page(page, report)
        terminal.note(f"report with plots: {html}")
    return TaskResult(report.as_dict(), lambda: backtests.print_report(report))


@task(
    "region",
    "json",
    invocations="calls a month of all functions, such as 250k or 1m (default 1m)",
    error_rate="share of them that fails (default 1%)",
    log_bytes="bytes that a call logs (default 800)",
)
def cost(
    session: Session, invocations: str = "1m", error_rate: str = "1%", log_bytes: str = "800"
) -> TaskResult:
    """Estimate what the stage's observability costs a month, and what would lower it."""
    from tocsin import cost as costs
    from tocsin.cloudformation.merged import read_whole

    usage = costs.Usage(
        options.amount(invocations, "--invocations"),
        options.percent(error_rate, "--error-rate"),
        options.count(log_bytes, "--log-bytes"),
    )
    whole = read_whole(session.stage, session.package().templates)
    found = costs.estimate(session.stage, whole, usage)
    return TaskResult(found.as_dict(), lambda: costs.print_estimate(found))
