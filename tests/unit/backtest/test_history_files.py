"""History in a file: the same numbers back from every format, and each mistake named."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from tests.conftest import slow
from tests.unit.backtest import fortnight
from tocsin.backtest import HistoryFileError, MetricHistory, load, save
from tocsin.backtest.column_names import name_of, stat_of
from tocsin.backtest.history_files import ENDINGS
from tocsin.cloudwatch import Metric, MetricStat, Series

TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12)
STATS = st.builds(
    MetricStat,
    metric=st.builds(Metric.of, TEXT, TEXT, st.dictionaries(TEXT, TEXT, max_size=3)),
    period=st.sampled_from([60, 300, 3_600]),
    stat=st.sampled_from(["Sum", "Average", "p99", "tm99"]),
    unit=st.none() | st.sampled_from(["Count", "Count/Second"]),
)
VALUES = arrays.arrays(
    np.float64,
    st.integers(1, 30),
    elements=st.floats(allow_infinity=False, allow_nan=True, allow_subnormal=False),
)


@given(STATS)
def test_a_name_says_which_series_it_is(stat: MetricStat) -> None:
    assert stat_of(name_of(stat)) == stat


@slow
@pytest.mark.parametrize("ending", ENDINGS)
@given(series=st.dictionaries(STATS, VALUES, min_size=1, max_size=3))
def test_what_is_saved_comes_back(ending: str, series, tmp_path_factory) -> None:
    start = 1_762_041_600
    end = start + max(stat.period * len(values) for stat, values in series.items())
    history = MetricHistory(
        start, end, {stat: Series(start, stat.period, values) for stat, values in series.items()}
    )
    file = tmp_path_factory.mktemp("saved") / f"metrics{ending}"
    save(file, history)
    loaded = load(file)
    assert loaded.start == start
    for stat, values in series.items():
        read = loaded.source.series(stat, start, start + stat.period * len(values))
        np.testing.assert_array_equal(read.values, values)


@slow
def test_a_fortnight_is_the_same_in_every_format(tmp_path: Path) -> None:
    history = fortnight.history()
    for ending in ENDINGS:
        file = tmp_path / f"metrics{ending}"
        save(file, history)
        loaded = load(file)
        assert (loaded.start, loaded.end) == (history.start, history.end)
        assert set(loaded.series) == set(history.series)


NAME = "AWS/Lambda Errors{FunctionName=orders} Sum 60"
HEAD = f'timestamp,"{NAME}"\n'
BAD_CSV = [
    ("", ":1: found the columns nothing; accepted: one called 'timestamp'"),
    ("time,a\n", ":1: found the columns time, a; accepted: one called 'timestamp'"),
    (HEAD, "found no datapoint"),
    ("timestamp,Errors\n2026-11-02T00:00:00Z,1\n", "column: found 'Errors'; accepted: a name"),
    (f'timestamp,"{NAME}","{NAME}"\n', f"found the column '{NAME}' twice"),
    (HEAD + "2026-11-02T00:00:00Z,1\n2026-11-02T00:01:00Z,many\n", ":3: AWS/Lambda Errors"),
    (HEAD + "2026-11-02T00:00:00Z,1\n2026-11-02T00:01:00Z,many\n", "found 'many'; accepted: a n"),
    (HEAD + "yesterday,1\n", ":2: timestamp: found 'yesterday'; accepted: a time"),
    (HEAD + "2026-11-02T00:00:00Z,1,2\n", ":2: found 3 cells; accepted: 2, as in the heading"),
    (HEAD + "2026-11-02T00:00:00Z,1\n2026-11-02T00:00:00Z,2\n", ":3: found a time that an earlier"),
    (HEAD + "2026-11-02T00:00:00Z,1\n2026-11-02T00:00:30Z,2\n", "accepted: datapoints 60 s apart"),
    (HEAD + "1970-01-01T00:00:00Z,1\n2026-11-02T00:00:00Z,2\n", "accepted: at most 456 days"),
]


@pytest.mark.parametrize(("text", "message"), BAD_CSV)
def test_a_wrong_csv_is_named_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "metrics.csv"
    file.write_text(text)
    with pytest.raises(HistoryFileError) as raised:
        load(file)
    assert message in str(raised.value)
    assert str(raised.value).startswith(str(file))


def test_rows_in_another_order_are_the_same_history(tmp_path: Path) -> None:
    file = tmp_path / "metrics.csv"
    file.write_text(HEAD + "2026-11-02T00:01:00Z,2\n1793577600,1\n")
    (series,) = load(file).series.values()
    assert series.values.tolist() == [1, 2]


BAD_JSON = [
    ("{", ":1: found no JSON"),
    ("[]", "series: found no list"),
    ('{"series": [1]}', "series[0]: found no object"),
    ('{"series": [{"name": "x"}]}', "series[0].name: found 'x'; accepted: a name such as"),
    (f'{{"series": [{{"name": "{NAME}", "start": "soon"}}]}}', "series[0].start: found 'soon'"),
    (f'{{"series": [{{"name": "{NAME}", "start": 0}}]}}', "series[0].values: found no list"),
    (
        f'{{"series": [{{"name": "{NAME}", "start": 0, "values": [1, null, "2"]}}]}}',
        "series[0].values[2]: found '2'; accepted: a number, or null",
    ),
    (
        f'{{"series": [{{"name": "{NAME}", "start": 0, "values": [true]}}]}}',
        "series[0].values[0]: found True",
    ),
    (f'{{"series": [{{"name": "{NAME}", "start": 0, "values": []}}]}}', "found no datapoint"),
]


@pytest.mark.parametrize(("text", "message"), BAD_JSON)
def test_a_wrong_json_is_named_with_its_place(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "metrics.json"
    file.write_text(text)
    with pytest.raises(HistoryFileError) as raised:
        load(file)
    assert message in str(raised.value)


def test_a_wrong_parquet_is_named(tmp_path: Path) -> None:
    file = tmp_path / "metrics.parquet"
    file.write_text("no parquet")
    with pytest.raises(HistoryFileError, match="found no Parquet"):
        load(file)
    pyarrow.parquet.write_table(pa.table({"timestamp": [0], NAME: ["many"]}), file)
    with pytest.raises(HistoryFileError, match="found string; accepted: numbers"):
        load(file)


@pytest.mark.parametrize("name", ["metrics.xlsx", "metrics"])
def test_another_ending_is_refused(tmp_path: Path, name: str) -> None:
    for use in (load, lambda file: save(file, fortnight.history())):
        with pytest.raises(HistoryFileError, match=r"accepted: \.json, \.csv, \.parquet"):
            use(tmp_path / name)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    for ending in ENDINGS:
        with pytest.raises(HistoryFileError, match="No such file"):
            load(tmp_path / f"none{ending}")
