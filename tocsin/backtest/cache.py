"""Days that were fetched, kept on disk: a day that is over does not change.

One file a day and account, ``YYYY-MM-DD.npz``; one array a period, a row per statistic.
"""

import json
import os
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from tocsin.aws.account import Account
from tocsin.backtest.fetching import fetch
from tocsin.backtest.metric_history import DAY_S
from tocsin.cloudwatch import MetricQuery, MetricStat, Series, query_from_api, query_to_api

# Metrics may still come in for a while after the day that they are about.
SETTLED_AFTER_S = 3 * 3_600


def fetch_days(
    account: Account,
    stats: Sequence[MetricStat],
    start: int,
    end: int,
    *,
    now: float,
    folder: Path | None,
    on_day: Callable[[int, int], None] = lambda done, of: None,
) -> dict[MetricStat, Series]:
    """The series of ``stats`` over the UTC days from ``start`` to ``end`` (exclusive), whole days.

    ``folder`` holds the days that are over; None keeps nothing. ``on_day`` hears how many days of
    how many are there. Raises what ``fetch`` raises; the days before that are kept.
    """
    days = range(start // DAY_S * DAY_S, end, DAY_S)
    parts: list[dict[MetricStat, Series]] = []
    for done, day in enumerate(days, start=1):
        kept = folder if day + DAY_S + SETTLED_AFTER_S <= now else None
        parts.append(_day(account, stats, day, kept))
        on_day(done, len(days))
    return {
        stat: Series(days.start, stat.period, np.concatenate([part[stat].values for part in parts]))
        for stat in stats
    }


def _day(
    account: Account, stats: Sequence[MetricStat], day: int, folder: Path | None
) -> dict[MetricStat, Series]:
    if folder is None:
        return fetch(account, stats, day, day + DAY_S)
    file = folder / f"{datetime.fromtimestamp(day, UTC):%Y-%m-%d}.npz"
    known = _read(file, day)
    lacking = [stat for stat in stats if stat not in known]
    if lacking:
        known |= fetch(account, lacking, day, day + DAY_S)
        _write(file, known)
    return known


def _read(file: Path, day: int) -> dict[MetricStat, Series]:
    """What the file holds; nothing where it is missing or was not written to its end."""
    known: dict[MetricStat, Series] = {}
    try:
        with np.load(file, allow_pickle=False) as arrays:
            for name in arrays.files:
                if name.startswith("stats_"):
                    period = int(name.removeprefix("stats_"))
                    rows = arrays[f"values_{period}"]
                    for text, row in zip(arrays[name], rows, strict=True):
                        known[_stat(str(text))] = Series(day, period, row)
    except (OSError, ValueError, KeyError, zipfile.BadZipFile):
        return {}
    return known


def _write(file: Path, known: Mapping[MetricStat, Series]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    arrays: dict[str, np.ndarray] = {}
    for period, several in _by_period(known):
        arrays[f"stats_{period}"] = np.array([_text(stat) for stat in several])
        arrays[f"values_{period}"] = np.stack([known[stat].values for stat in several])
    unfinished = file.with_name(f"{file.name}.{os.getpid()}")
    with unfinished.open("wb") as target:
        np.savez_compressed(target, **arrays)  # type: ignore[arg-type]
    unfinished.replace(file)


def _by_period(stats: Iterable[MetricStat]) -> Iterable[tuple[int, list[MetricStat]]]:
    groups: dict[int, list[MetricStat]] = {}
    for stat in stats:
        groups.setdefault(stat.period, []).append(stat)
    return groups.items()


def _text(stat: MetricStat) -> str:
    return json.dumps(query_to_api(MetricQuery("m", stat=stat)), sort_keys=True)


def _stat(text: str) -> MetricStat:
    stat = query_from_api(json.loads(text)).stat
    if stat is None:
        raise ValueError(f"{text} is no statistic")
    return stat
