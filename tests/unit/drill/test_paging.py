"""What may be said of the page, by what was shown of the alarms that lead to it."""

import pytest

from tocsin.drill.checks import Check, Kind, Link, not_shown, outcome
from tocsin.drill.paging import unmoved


def diluted(function: str) -> Check:
    return not_shown(function, Kind.EXCEPTION, Link.ALARM, "others called it meanwhile")


def fired(function: str, broken: str = "") -> Check:
    return outcome(function, Kind.EXCEPTION, Link.ALARM, broken, 1)


RECOVERED = outcome("orders", Kind.EXCEPTION, Link.OK, "", 1)
WHY = "no alarm that it looks at fired for the drill; orders: others called it meanwhile"


@pytest.mark.parametrize(
    ("of_alarms", "why"),
    [
        ([diluted("orders")], WHY),
        ([diluted("orders"), diluted("payments")], WHY),
        ([diluted("orders"), fired("payments")], ""),
        # One that should have fired and did not is no excuse for the page.
        ([diluted("orders"), fired("payments", "metric -> alarm: no data")], ""),
        ([fired("orders"), RECOVERED], ""),
        ([], ""),
    ],
)
def test_where_no_alarm_could_be_shown_the_page_cannot_be(of_alarms, why) -> None:
    assert unmoved(of_alarms) == why
