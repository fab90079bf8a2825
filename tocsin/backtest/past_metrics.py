"""The history of a stage's metrics, from CloudWatch by way of the days that are kept on disk."""

import time
from collections.abc import Callable
from pathlib import Path

from tocsin.aws.account import Account
from tocsin.backtest.cache import fetch_days
from tocsin.backtest.metric_history import DAY_S, MetricHistory
from tocsin.backtest.required_metrics import needed, refuse_what_is_gone
from tocsin.config import Stage
from tocsin.scenarios.loading import LoadedAlarms

CACHE = Path(".tocsin") / "metrics"


def gather(
    root: Path,
    stage: Stage,
    account: Account,
    alarms: LoadedAlarms,
    days: int,
    on_day: Callable[[int, int], None] = lambda done, of: None,
) -> MetricHistory:
    """What the ``alarms`` read, of today and the ``days`` before it (UTC).

    Raises:
        InputError: CloudWatch keeps what an alarm reads for fewer days.
        NoMetricData, and botocore's errors: see ``fetch``.
    """
    now = _now(stage, account)
    end = int(now) // 60 * 60
    start = end // DAY_S * DAY_S - days * DAY_S
    refuse_what_is_gone(alarms.metric, days, stage.is_local)
    # On a local stage time is turned by hand: its days are no other stage's.
    folder = None if stage.is_local else root / CACHE / _place(account)
    stats = needed(alarms.metric, days)
    series = fetch_days(account, stats, start, end, now=now, folder=folder, on_day=on_day)
    return MetricHistory(start, end, series)


def _now(stage: Stage, account: Account) -> float:
    if account.local is not None:
        from tocsin.local import clock

        return clock.read(account.local).now.timestamp()
    return time.time()


def _place(account: Account) -> str:
    """Where an account's days are kept: metrics of the same name are others elsewhere."""
    return f"{account.client('sts').get_caller_identity()['Account']}-{account.region}"
