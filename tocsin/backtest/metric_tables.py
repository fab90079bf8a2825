"""Reading and writing the table of CSV and Parquet files, by pyarrow."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from tocsin.backtest.column_names import name_of
from tocsin.backtest.metric_history import MetricHistory, iso

TIMESTAMP = "timestamp"

# Of epoch seconds: eleven are the year 5138.
_MOST_DIGITS = 11

Array = np.ndarray[Any, np.dtype[Any]]


class TableError(ValueError):
    """What is wrong with a table, and where; to be read behind the file's name."""


@dataclass(frozen=True)
class MetricTable:
    """``timestamps`` (epoch seconds, (n,)), rising, and float64 columns of the same length."""

    timestamps: Array
    columns: Mapping[str, Array]


def from_history(history: MetricHistory) -> MetricTable:
    """One row for each instant of the history at which a series may have a datapoint."""
    finest = min((stat.period for stat in history.series), default=60)
    every = np.arange(history.start, history.end, finest, dtype=np.int64)
    instants = [series.timestamps for series in history.series.values() if series.period % finest]
    timestamps = np.unique(np.concatenate([every, *instants]))
    columns = {}
    for stat, series in history.series.items():
        column = np.full(len(timestamps), np.nan)
        inside = (series.timestamps >= history.start) & (series.timestamps < history.end)
        at = np.searchsorted(timestamps, series.timestamps[inside])
        column[at] = series.values[inside]
        columns[name_of(stat)] = column
    return MetricTable(timestamps, columns)


def write_csv(file: Path, table: MetricTable) -> None:
    times = [iso(instant) for instant in table.timestamps.tolist()]
    pyarrow.csv.write_csv(_arrow(table, pa.array(times)), file)


def write_parquet(file: Path, table: MetricTable) -> None:
    times = pa.array(table.timestamps, type=pa.timestamp("s", tz="UTC"))
    pyarrow.parquet.write_table(_arrow(table, times), file, compression="zstd")


def read_csv(file: Path) -> MetricTable:
    """Raises TableError with the line of what is wrong."""
    with file.open(encoding="utf-8", newline="") as lines:
        heading = next(csv.reader(lines), [])
    _check_heading(heading)
    types = {name: pa.float64() for name in heading if name != TIMESTAMP}
    try:
        read = pyarrow.csv.read_csv(
            file,
            convert_options=pyarrow.csv.ConvertOptions(
                column_types={**types, TIMESTAMP: pa.string()},
                null_values=[""],
                strings_can_be_null=True,
            ),
        )
        times = _epochs(read.column(TIMESTAMP))
    except (pa.ArrowInvalid, ValueError, OverflowError) as error:
        raise TableError(_wrong_line(file, heading) or f": {error}") from error
    return _sorted(times, read, first_line=2)


def read_parquet(file: Path) -> MetricTable:
    """Raises TableError with the row of what is wrong."""
    try:
        with file.open("rb") as opened:
            read = pyarrow.parquet.read_table(opened)
    except pa.ArrowInvalid as error:
        raise TableError(f": found no Parquet ({error})") from error
    _check_heading(read.column_names)
    for name in read.column_names:
        kind = read.schema.field(name).type
        accepted = pa.types.is_floating(kind) or pa.types.is_integer(kind)
        if name == TIMESTAMP:
            accepted = accepted or pa.types.is_timestamp(kind) or pa.types.is_string(kind)
        if not accepted:
            raise TableError(f": column {name!r}: found {kind}; accepted: numbers")
    try:
        times = _epochs(read.column(TIMESTAMP))
    except (pa.ArrowInvalid, ValueError, OverflowError) as error:
        raise TableError(f": column {TIMESTAMP!r}: found {error}") from error
    return _sorted(times, read, first_line=1)


def epoch(text: str) -> int:
    """Epoch seconds of an ISO 8601 time, UTC where it says nothing, or of epoch seconds."""
    if text.isdecimal():
        if len(text) > _MOST_DIGITS:
            raise ValueError(f"{text[:_MOST_DIGITS]}..., which is no time")
        return int(text)
    time = datetime.fromisoformat(text)
    return int((time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp())


def _arrow(table: MetricTable, times: Any) -> Any:
    columns = [pa.array(column, from_pandas=True) for column in table.columns.values()]
    return pa.table([times, *columns], names=[TIMESTAMP, *table.columns])


def _check_heading(names: list[str]) -> None:
    if TIMESTAMP not in names:
        shown = ", ".join(names[:3]) or "nothing"
        raise TableError(f":1: found the columns {shown}; accepted: one called {TIMESTAMP!r}")
    twice = sorted({name for name in names if names.count(name) > 1}) if len(names) < 50 else []
    if not twice and len(set(names)) < len(names):
        twice = sorted(names, key=names.count)[-1:]
    if twice:
        raise TableError(f":1: found the column {twice[0]!r} twice; accepted: each once")


def _epochs(column: Any) -> Array:
    kind = column.type
    if column.null_count:
        raise ValueError("a row without a time")
    if pa.types.is_timestamp(kind):
        return np.asarray(column.cast(pa.timestamp("s", tz=kind.tz)).cast(pa.int64()))
    if pa.types.is_string(kind):
        return np.array([epoch(text) for text in column.to_pylist()], dtype=np.int64)
    return np.asarray(column.cast(pa.int64()))


def _sorted(times: Array, read: Any, first_line: int) -> MetricTable:
    order = np.argsort(times, kind="stable")
    rising = times[order]
    again = np.flatnonzero(rising[1:] == rising[:-1])
    if len(again):
        row = int(order[again[0] + 1]) + first_line
        raise TableError(f":{row}: found a time that an earlier row has; accepted: each once")
    in_order = bool((order[:-1] < order[1:]).all())
    columns = {}
    for name in read.column_names:
        if name != TIMESTAMP:
            values = read.column(name).to_numpy().astype(np.float64, copy=False)
            columns[name] = values if in_order else values[order]
    return MetricTable(rising, columns)


def _wrong_line(file: Path, heading: list[str]) -> str | None:
    """Where the first cell is that is no number or time: pyarrow says what, not where."""
    with file.open(encoding="utf-8", newline="") as lines:
        rows = csv.reader(lines)
        next(rows)
        for row in rows:
            if len(row) != len(heading):
                return (f":{rows.line_num}: found {len(row)} cells; accepted: {len(heading)}, "
                        "as in the heading")  # fmt: skip
            for name, cell in zip(heading, row, strict=True):
                try:
                    epoch(cell) if name == TIMESTAMP else float(cell or "nan")
                except ValueError:
                    accepted = "a time" if name == TIMESTAMP else "a number, or nothing"
                    return f":{rows.line_num}: {name}: found {cell!r}; accepted: {accepted}"
    return None
