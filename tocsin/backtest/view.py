"""The report on a terminal: a line an alarm, and below it what asks for a decision."""

from collections.abc import Iterator
from typing import Any

from tocsin import terminal
from tocsin.backtest.metric_history import iso
from tocsin.backtest.report import AlarmReport, BacktestReport
from tocsin.backtest.thresholds import Proposal
from tocsin.cloudwatch import MetricAlarm

_SHOWN = 5


def print_report(report: BacktestReport) -> None:
    """The table, then history that disagrees and thresholds that page more often than wished."""
    terminal.data(f"{report.title}: {iso(report.start)} to {iso(report.end)}")
    terminal.table(
        [
            terminal.Column("alarm"),
            *(
                terminal.Column(title, right=True)
                for title in ("episodes", "pages/week", "minutes", "flaps", "detected", "no data")
            ),
            terminal.Column("history"),
        ],
        [_row(alarm) for alarm in report.alarms],
    )
    for alarm in report.alarms:
        for line in _remarks(alarm):
            terminal.data(line)


def _row(each: AlarmReport) -> tuple[str, ...]:
    if each.problem:
        return (each.name, "-", "-", "-", "-", "-", "-", "not replayed")
    return (
        each.name,
        str(len(each.episodes)),
        f"{each.pages_per_week:.1f}",
        f"{each.minutes_in_alarm:.0f}",
        str(each.flaps),
        "-" if each.detected_after_s is None else f"{each.detected_after_s:.0f} s",
        "-" if each.missing is None else f"{100 * each.missing:.1f} %",
        _history(each),
    )


def _history(each: AlarmReport) -> str:
    if each.comparison is None:
        return "-"
    found = each.comparison
    parts = [f"{found.agreed} agree"]
    if found.only_replayed:
        parts.append(f"{len(found.only_replayed)} only replayed")
    if found.only_lived:
        parts.append(f"{len(found.only_lived)} only in the history")
    return ", ".join(parts)


def _remarks(each: AlarmReport) -> Iterator[str]:
    if each.problem:
        yield ""
        yield f"{each.name} was not replayed: {each.problem}"
    if each.comparison is not None:
        for what, several in (
            ("replay alone", each.comparison.only_replayed),
            ("history alone", each.comparison.only_lived),
        ):
            for episode in several[:_SHOWN]:
                yield f"{each.name}: in the {what}: {iso(episode.start)}, {episode.minutes:.0f} min"
            if len(several) > _SHOWN:
                yield f"{each.name}: in the {what}: and {len(several) - _SHOWN} more"
    if each.proposal is not None and each.pages_per_week > each.proposal.wish:
        yield from _trade_off(each, each.proposal)


def _trade_off(each: AlarmReport, proposal: Proposal) -> Iterator[str]:
    if each.replayed is None or not isinstance(each.replayed.alarm, MetricAlarm):
        return
    now: Any = each.replayed.alarm.threshold
    best = "none of these" if proposal.threshold is None else f"{proposal.threshold:g}"
    yield ""
    yield (
        f"{each.name}: {each.pages_per_week:.1f} pages a week at threshold {now:g}; "
        f"for at most {proposal.wish:g} a week: {best}"
    )
    yield f"  {'threshold':>12} {'pages/week':>11} {'minutes':>9} {'episodes missed':>16}"
    for one in proposal.trade_off:
        mark = " <- now" if one.threshold == now else ""
        mark += " <- proposed" if one.threshold == proposal.threshold else ""
        yield (
            f"  {one.threshold:>12g} {one.pages_per_week:>11.1f} {one.minutes:>9.0f} "
            f"{one.missed:>16}{mark}"
        )
