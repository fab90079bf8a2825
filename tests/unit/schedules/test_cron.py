"""AWS's cron dialect: the guide's examples, each letter, and laws that every expression keeps."""

from calendar import monthrange
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import examples
from tocsin.schedules import Cron, CronError

FROM, TO = datetime(2027, 1, 1), datetime(2028, 1, 1)


def first(text: str, count: int = 3) -> list[str]:
    found = list(Cron.parse(text).between(FROM, TO))[:count]
    return [f"{at:%a %d.%m %H:%M}" for at in found]


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("15 10 * * ? *", ["Fri 01.01 10:15", "Sat 02.01 10:15", "Sun 03.01 10:15"]),
        ("0 18 ? * MON-FRI *", ["Fri 01.01 18:00", "Mon 04.01 18:00", "Tue 05.01 18:00"]),
        ("0 8 1 * ? *", ["Fri 01.01 08:00", "Mon 01.02 08:00", "Mon 01.03 08:00"]),
        ("0/10 * ? * MON-FRI *", ["Fri 01.01 00:00", "Fri 01.01 00:10", "Fri 01.01 00:20"]),
        ("0/5 8-17 ? * MON-FRI *", ["Fri 01.01 08:00", "Fri 01.01 08:05", "Fri 01.01 08:10"]),
        ("0 9 ? * 2#1 *", ["Mon 04.01 09:00", "Mon 01.02 09:00", "Mon 01.03 09:00"]),
        ("0 9 ? * FRI#5 *", ["Fri 29.01 09:00", "Fri 30.04 09:00", "Fri 30.07 09:00"]),
        ("0 10 ? * 6L 2027", ["Fri 29.01 10:00", "Fri 26.02 10:00", "Fri 26.03 10:00"]),
        ("0 10 ? * FRIL *", ["Fri 29.01 10:00", "Fri 26.02 10:00", "Fri 26.03 10:00"]),
        ("0 1 ? * L *", ["Sat 02.01 01:00", "Sat 09.01 01:00", "Sat 16.01 01:00"]),
        ("0 0 L * ? *", ["Sun 31.01 00:00", "Sun 28.02 00:00", "Wed 31.03 00:00"]),
        ("0 0 LW * ? *", ["Fri 29.01 00:00", "Fri 26.02 00:00", "Wed 31.03 00:00"]),
        # The 3rd of January is a Sunday, of April a Saturday, of October a Sunday.
        ("0 0 3W 1,4,10 ? *", ["Mon 04.01 00:00", "Fri 02.04 00:00", "Mon 04.10 00:00"]),
        # The 1st of May is a Saturday: the nearest weekday of the same month is the 3rd.
        ("0 0 1W MAY ? *", ["Mon 03.05 00:00"]),
        ("0 0 31W * ? *", ["Fri 29.01 00:00", "Wed 31.03 00:00", "Mon 31.05 00:00"]),
        ("0 22-1/3 1 1 ? *", ["Fri 01.01 01:00", "Fri 01.01 22:00"]),
        ("0 0 ? 1 FRI-MON *", ["Fri 01.01 00:00", "Sat 02.01 00:00", "Sun 03.01 00:00"]),
        ("*/20 3 1,15 jan ? 2026-2028", ["Fri 01.01 03:00", "Fri 01.01 03:20", "Fri 01.01 03:40"]),
        ("0 0 31 2 ? *", []),
        ("0 0 * * ? 2025/2", ["Fri 01.01 00:00", "Sat 02.01 00:00", "Sun 03.01 00:00"]),
        ("0 0 * * ? 2026", []),
    ],
)
def test_what_an_expression_means(text: str, due: list[str]) -> None:
    assert first(text) == due


@pytest.mark.parametrize(
    "text",
    [
        "", "* * * * *", "0 0 * * * *", "0 0 ? * ? *", "60 0 * * ? *", "0 24 * * ? *",
        "0 0 32 * ? *", "0 0 0 * ? *", "0 0 * 13 ? *", "0 0 ? * 8 *", "0 0 ? * 0 *",
        "0 0 ? * MON#6 *", "0 0 * FOO ? *", "0 0 * * ? 1969", "0/0 0 * * ? *", "0/ 0 * * ? *",
        "a 0 * * ? *", "0,, 0 * * ? *", "0 0 XW * ? *", "0 0 ? * FOOL *", "-1 0 * * ? *",
        "\u0663 0 * * ? *", "0 0 1 1 ? * " + "," * 300,
    ],
)  # fmt: skip
def test_what_is_none_is_refused(text: str) -> None:
    with pytest.raises(CronError):
        Cron.parse(text)


def _part(low: int, high: int) -> st.SearchStrategy[str]:
    number = st.integers(low, high)
    return st.one_of(
        st.just("*"),
        number.map(str),
        st.tuples(number, number).map(lambda pair: f"{pair[0]}-{pair[1]}"),
        st.tuples(number, st.integers(1, high)).map(lambda pair: f"{pair[0]}/{pair[1]}"),
    )


def _field(low: int, high: int) -> st.SearchStrategy[str]:
    return st.lists(_part(low, high), min_size=1, max_size=3).map(",".join)


def _expands(text: str, low: int, high: int) -> set[int]:
    """The meaning of a field told once more, value by value."""

    def holds(part: str, value: int) -> bool:
        if part == "*":
            return True
        if "/" in part:
            begin, step = map(int, part.split("/"))
            return value >= begin and (value - begin) % step == 0
        if "-" in part:
            begin, end = map(int, part.split("-"))
            return begin <= value <= end if begin <= end else value >= begin or value <= end
        return value == int(part)

    return {
        value
        for value in range(low, high + 1)
        if any(holds(part, value) for part in text.split(","))
    }


@settings(max_examples=examples(40))
@given(
    _field(0, 59), _field(0, 23), _field(1, 31), _field(1, 12), _field(1, 7), st.booleans(),
    st.integers(0, 300),
)  # fmt: skip
def test_a_time_is_due_exactly_where_every_field_holds(
    minutes: str, hours: str, day: str, month: str, weekday: str, by_day: bool, offset: int
) -> None:
    days = f"{day} {month} ?" if by_day else f"? {month} {weekday}"
    start = datetime(2027, 1, 1) + timedelta(days=offset)
    end = start + timedelta(days=3)
    due = set(Cron.parse(f"{minutes} {hours} {days} *").between(start, end))
    wanted = (
        _expands(minutes, 0, 59),
        _expands(hours, 0, 23),
        _expands(month, 1, 12),
        _expands(day, 1, 31) if by_day else _expands(weekday, 1, 7),
    )
    at = start
    while at < end:
        number = at.day if by_day else at.isoweekday() % 7 + 1
        values = (at.minute, at.hour, at.month, number)
        holds = all(value in field for value, field in zip(values, wanted, strict=True))
        assert (at in due) == holds, at
        at += timedelta(minutes=7)


@settings(max_examples=examples(60))
@given(st.integers(1, 31), st.integers(2025, 2040), st.integers(1, 12))
def test_w_is_a_weekday_of_the_month_and_none_is_nearer(day: int, year: int, month: int) -> None:
    start = datetime(year, month, 1)
    length = monthrange(year, month)[1]
    end = start + timedelta(days=length)
    found = list(Cron.parse(f"0 0 {day}W * ? *").between(start, end))
    if day > length:
        assert found == []
        return
    (at,) = found
    assert at.weekday() < 5
    nearer = [
        other
        for other in range(1, length + 1)
        if datetime(year, month, other).weekday() < 5 and abs(other - day) < abs(at.day - day)
    ]
    assert nearer == []


def test_the_year_of_the_gaps_has_all_that_years_have() -> None:
    from tocsin.schedules.of_events import YEAR_FROM

    end = YEAR_FROM + timedelta(days=366)
    leap = datetime(2028, 2, 29, tzinfo=UTC)
    assert YEAR_FROM < leap < end
