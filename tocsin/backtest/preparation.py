"""What a backtest is asked for, and where its alarms and its history come from."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tocsin.aws import account
from tocsin.aws.account import Account
from tocsin.backtest import alarm_selection
from tocsin.backtest.alarm_history import Lived, lived
from tocsin.backtest.history_files import load
from tocsin.backtest.metric_history import MetricHistory
from tocsin.backtest.past_metrics import gather
from tocsin.backtest.report import BacktestReport, backtest
from tocsin.cloudformation.merged import read_whole
from tocsin.config import Stage
from tocsin.exceptions import InputError
from tocsin.packaging.package import compiled_templates
from tocsin.scenarios import alarms_of, load_alarms
from tocsin.scenarios.loading import LoadedAlarms


@dataclass(frozen=True)
class BacktestRequest:
    """The options of `invoke backtest`.

    ``alarms`` is a file to take the alarms from, ``rendered`` takes those of the compiled
    templates; otherwise they are the deployed ones. ``saved`` is a file of metrics; otherwise they
    come from CloudWatch. ``wish`` is in pages a week.

    Raises:
        InputError: options that contradict each other.
    """

    function: str | None = None
    days: int = 14
    rendered: bool = False
    alarms: Path | None = None
    saved: Path | None = None
    wish: float = 1.0

    def __post_init__(self) -> None:
        if self.rendered and self.alarms is not None:
            raise InputError("--rendered and --alarms: found both; accepted: one of them")


def prepare(
    root: Path,
    stage: Stage,
    request: BacktestRequest,
    on_day: Callable[[int, int], None] = lambda done, of: None,
) -> tuple[MetricHistory, Callable[[], BacktestReport]]:
    """The history, and what replays the alarms over it.

    Asks an account only for what no file gives.

    Raises:
        InputError: a file that is wrong, days that CloudWatch does not keep.
        NoCredentials, NotDeployed: of the stage.
    """
    target = cache(lambda: account.of(root, stage))
    alarms = alarm_selection.of_function(
        _alarms(root, stage, request, target), stage, request.function
    )
    if request.saved is not None:
        history = load(request.saved)
    else:
        history = gather(root, stage, target(), alarms, request.days, on_day)
    are_deployed = not request.rendered and request.alarms is None

    def past(name: str) -> Lived | None:
        # What alarms that are not deployed would have done, CloudWatch cannot know.
        return lived(target(), name, history.start, history.end) if are_deployed else None

    title = f"Backtest of {stage.stack_name}"
    return history, lambda: backtest(alarms, history, title, wish=request.wish, past=past)


def _alarms(
    root: Path, stage: Stage, request: BacktestRequest, target: Callable[[], Account]
) -> LoadedAlarms:
    if request.alarms is not None:
        return load_alarms(request.alarms)
    if request.rendered:
        return alarms_of(read_whole(stage, compiled_templates(root, stage)))
    return alarm_selection.deployed(target(), stage)
