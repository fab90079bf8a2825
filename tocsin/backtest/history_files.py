"""Metric history in a file: JSON, CSV or Parquet, by the file's ending; the same numbers in each.

JSON keeps each series by itself: ``{"start", "end", "series": [{"name", "start", "values"}]}``,
null for a missing datapoint. CSV and Parquet are one table: the column ``timestamp``, a row for
each instant at which a series may have a datapoint, and one column a series; empty is missing.
Names are those of ``columns``; times are ISO 8601, UTC, or epoch seconds.
"""

import json
import sys
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tocsin import documents
from tocsin.backtest import metric_tables
from tocsin.backtest.column_names import ACCEPTED, name_of, stat_of
from tocsin.backtest.metric_history import DAY_S, MetricHistory, iso
from tocsin.backtest.required_metrics import LONGEST_RETENTION
from tocsin.cloudwatch import MetricStat, Series
from tocsin.exceptions import InputError

ENDINGS = (".json", ".csv", ".parquet")

# CloudWatch keeps nothing for longer, and today is not over.
LONGEST_S = LONGEST_RETENTION + DAY_S


class HistoryFileError(InputError):
    """A file of metric history is wrong; the message says where and what is accepted."""


def save(file: Path, history: MetricHistory) -> None:
    """Write ``history`` in the format of the file's ending.

    Raises:
        HistoryFileError: another ending, or the file cannot be written.
    """
    ending = _ending(file)
    try:
        if ending == ".json":
            file.write_text(json.dumps(_as_json(history)), encoding="utf-8")
        else:
            table = metric_tables.from_history(history)
            (metric_tables.write_csv if ending == ".csv" else metric_tables.write_parquet)(
                file, table
            )
    except OSError as error:
        raise HistoryFileError(f"{file}: cannot be written: {error.strerror}") from error


def load(file: Path) -> MetricHistory:
    """The history in ``file``.

    Raises:
        HistoryFileError: with what is wrong and where.
    """
    ending = _ending(file)
    try:
        if ending == ".json":
            return _from_json(file, documents.json_value(_text(file)))
        table = (metric_tables.read_csv if ending == ".csv" else metric_tables.read_parquet)(file)
    except OSError as error:
        raise HistoryFileError(
            f"{file}: found {error.strerror or error}; accepted: a readable file"
        ) from error
    except UnicodeDecodeError as error:
        raise HistoryFileError(f"{file}: found bytes that are no UTF-8") from error
    except documents.DocumentError as error:
        raise HistoryFileError(f"{file}:{error.line}: found {error.problem}") from error
    except metric_tables.TableError as error:
        raise HistoryFileError(f"{file}{error}") from error
    return _from_table(file, table)


def _text(file: Path) -> str:
    # Of any size: months of metrics of a large stage are more than other documents may be.
    return file.read_text(encoding="utf-8")


def refuse_ending(file: Path) -> None:
    """Refuse a file of a layout that is none of ours, before anything is fetched for it.

    Raises:
        HistoryFileError: by its ending.
    """
    if file.suffix.lower() not in ENDINGS:
        found = repr(file.suffix) if file.suffix else "no ending"
        raise HistoryFileError(f"{file}: found {found}; accepted: {', '.join(ENDINGS)}")


def _ending(file: Path) -> str:
    refuse_ending(file)
    return file.suffix.lower()


def _as_json(history: MetricHistory) -> dict[str, Any]:
    return {
        "start": iso(history.start),
        "end": iso(history.end),
        "series": [
            {
                "name": name_of(stat),
                "start": iso(series.start),
                "values": [None if value != value else value for value in series.values.tolist()],
            }
            for stat, series in history.series.items()
        ],
    }


def _from_json(file: Path, document: Any) -> MetricHistory:
    if not isinstance(document, Mapping) or not isinstance(document.get("series"), list):
        raise HistoryFileError(f"{file}: series: found no list; accepted: a list of series")
    found: dict[MetricStat, Series] = {}
    for index, series in enumerate(document["series"]):
        where = f"{file}: series[{index}]"
        if not isinstance(series, Mapping):
            raise HistoryFileError(f"{where}: found no object; accepted: name, start, values")
        stat = _stat(f"{where}.name", series.get("name"), found)
        start = _time(f"{where}.start", series.get("start"))
        found[stat] = Series(start, stat.period, _values(f"{where}.values", series.get("values")))
    start, end = _span(found)
    if "start" in document:
        start = _time(f"{file}: start", document["start"])
    if "end" in document:
        end = _time(f"{file}: end", document["end"])
    return _history(file, start, end, found)


def _values(where: str, values: Any) -> "np.ndarray[Any, np.dtype[np.float64]]":
    if not isinstance(values, list):
        raise HistoryFileError(f"{where}: found no list; accepted: numbers and null")
    try:
        array = np.array(values, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        array = np.empty((0, 0))
    # numpy reads the text "1" and true as numbers, too.
    kinds = {type(value) for value in values}
    if array.ndim != 1 or not kinds <= {int, float, type(None)} or np.isinf(array).any():
        index = next(index for index, value in enumerate(values) if not _is_value(value))
        raise HistoryFileError(
            f"{where}[{index}]: found {values[index]!r}; accepted: a number, or null"
        )
    return array


def _is_value(value: Any) -> bool:
    """Whether it is null, or a number that a datapoint can hold."""
    return value is None or (type(value) in (int, float) and abs(value) <= sys.float_info.max)


def _from_table(file: Path, table: metric_tables.MetricTable) -> MetricHistory:
    found: dict[MetricStat, Series] = {}
    named: dict[MetricStat, str] = {}
    for name in table.columns:
        named[_stat(f"{file}: column", name, named)] = name
    start, end = 0, 0
    if len(table.timestamps) and named:
        start = int(table.timestamps[0])
        end = int(table.timestamps[-1]) + min(stat.period for stat in named)
    _history(file, start, end, found)  # before room is made for it
    for stat, name in named.items():
        found[stat] = _on_grid(file, name, stat, table.timestamps, table.columns[name])
    return _history(file, start, end, found)


def _on_grid(
    file: Path, name: str, stat: MetricStat, timestamps: np.ndarray, column: np.ndarray
) -> Series:
    """The column as a regular series: from its first datapoint to its last."""
    filled = np.flatnonzero(~np.isnan(column))
    if not len(filled):
        first = int(timestamps[0]) if len(timestamps) else 0
        return Series(first // stat.period * stat.period, stat.period, np.empty(0))
    times = timestamps[filled]
    start = int(times.min())
    apart = (times - start) % stat.period
    if apart.any():
        wrong = int(filled[np.flatnonzero(apart)[0]])
        raise HistoryFileError(
            f"{file}: row {wrong + 1} of the data: found a datapoint of `{name}` at "
            f"{iso(int(timestamps[wrong]))}; accepted: datapoints {stat.period} s apart"
        )
    values = np.full((int(times.max()) - start) // stat.period + 1, np.nan)
    values[(times - start) // stat.period] = column[filled]
    return Series(start, stat.period, values)


def _stat(where: str, name: Any, known: Collection[MetricStat]) -> MetricStat:
    stat = stat_of(name) if isinstance(name, str) else None
    if stat is None:
        raise HistoryFileError(f"{where}: found {name!r}; accepted: {ACCEPTED}")
    if stat in known:
        raise HistoryFileError(f"{where}: found {name!r} twice; accepted: each series once")
    return stat


def _time(where: str, value: Any) -> int:
    try:
        if isinstance(value, bool) or not isinstance(value, int | str):
            raise ValueError
        return value if isinstance(value, int) else metric_tables.epoch(value)
    except ValueError:
        raise HistoryFileError(
            f"{where}: found {value!r}; accepted: a time such as 2026-11-09T00:00:00Z"
        ) from None


def _span(series: Mapping[MetricStat, Series]) -> tuple[int, int]:
    filled: Sequence[Series] = [kept for kept in series.values() if len(kept)]
    return (
        min((kept.start for kept in filled), default=0),
        max((kept.end for kept in filled), default=0),
    )


def _history(
    file: Path, start: int, end: int, series: Mapping[MetricStat, Series]
) -> MetricHistory:
    if end <= start:
        raise HistoryFileError(f"{file}: found no datapoint; accepted: some stretch of time")
    if end - start > LONGEST_S:
        raise HistoryFileError(
            f"{file}: found the time from {iso(start)} to {iso(end)}; "
            f"accepted: at most {LONGEST_S // DAY_S} days"
        )
    return MetricHistory(start, end, series)
