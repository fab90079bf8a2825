"""The page: self-contained, escaped, and its picture shows what happened when and where."""

import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.conftest import deep
from tests.unit.backtest import fortnight
from tests.unit.backtest.fortnight import ERROR_RATE, at
from tests.waiting import PATIENCE_S
from tocsin.backtest import backtest, plot, write_page
from tocsin.backtest.plot import HEIGHT, LEFT, RIGHT, WIDTH
from tocsin.scenarios.loading import LoadedAlarms

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
SCREEN = 1_300
RED, BLUE, BROWN = (217, 45, 32), (37, 99, 201), (138, 75, 0)


@pytest.fixture
def page(tmp_path: Path) -> Path:
    file = tmp_path / "report.html"
    write_page(
        file, backtest(LoadedAlarms((ERROR_RATE,)), fortnight.history(), "Backtest of shop-dev")
    )
    return file


def test_it_needs_nothing_from_elsewhere(page: Path) -> None:
    text = page.read_text()
    assert "<script" not in text
    assert not re.search(r"""(src|href)=["'](?!#)""", text)
    assert "url(" not in text
    assert "@import" not in text


def test_text_of_others_stays_text(tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    named = replace(ERROR_RATE, name='<img src=x onerror="alert(1)">&')
    write_page(file, backtest(LoadedAlarms((named,)), fortnight.history(), "<b>"))
    assert "<img" not in file.read_text()
    assert "<b>" not in file.read_text()


def test_it_says_in_words_what_the_plot_shows(page: Path) -> None:
    text = page.read_text()
    assert "in ALARM 2026-11-02 10:02 for 29 min" in text
    assert "ALARM when 100 * errors / invocations is greater than 5 for 2 of 2" in text
    assert "For at most 1 a week:\nthreshold 10." in text


def test_more_datapoints_than_pixels_lose_no_spike() -> None:
    (report,) = backtest(LoadedAlarms((ERROR_RATE,)), fortnight.history(), "x").alarms
    assert report.replayed is not None
    drawn = plot.svg(report.replayed, fortnight.START, fortnight.END)
    # Wednesday's single minute of 10 % is half as high as Tuesday's 20 %.
    frame = plot._frame(report.replayed.judged, 5.0, fortnight.START, fortnight.END)
    wednesday = int(frame.x(at(4, "12:00")))
    assert f"L{wednesday} {frame.y(0):.1f}V{frame.y(10):.1f}" in drawn
    assert len(drawn) < 40_000


def near(picture: np.ndarray, colour: tuple[int, int, int], within: int = 40) -> np.ndarray:
    return np.abs(picture - np.array(colour)).max(axis=2) <= within


@deep
@pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine to look with")
def test_the_picture_shows_the_alarm_where_it_was(page: Path, tmp_path: Path) -> None:
    shot = tmp_path / "page.png"
    subprocess.run(
        [
            str(CHROMIUM), "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            "--disable-quic", "--hide-scrollbars", f"--user-data-dir={tmp_path / 'profile'}",
            f"--window-size={SCREEN},1200", f"--screenshot={shot}", page.as_uri(),
        ],
        check=True, capture_output=True, timeout=PATIENCE_S,
    )  # fmt: skip
    picture = np.asarray(Image.open(shot).convert("RGB"), dtype=np.int64)
    # The plot's axis: between the first and the last pixel of the dashed threshold.
    lines = near(picture, BROWN).sum(axis=1)
    level = int(lines.argmax())
    assert lines[level] > 300, "no threshold is drawn"
    dashes = np.flatnonzero(near(picture, BROWN)[level])
    left, right = int(dashes[0]), int(dashes[-1])
    scale = (right - left) / (WIDTH - LEFT - RIGHT)

    def column(day: int, time: str) -> int:
        share = (at(day, time) - fortnight.START) / (fortnight.END - fortnight.START)
        return left + round(share * (right - left))

    around = slice(level - round(HEIGHT * scale), level + round(HEIGHT * scale))
    red, blue = near(picture[around], RED), near(picture[around], BLUE)
    for day, time in [(2, "10:16"), (6, "09:24"), (10, "23:59")]:
        marked = red[:, column(day, time) - 3 : column(day, time) + 4]
        assert marked.any(), f"no mark of the alarm on {day} November"
    for day, time in [(4, "12:00"), (14, "08:15"), (8, "12:00")]:
        marked = red[:, column(day, time) - 3 : column(day, time) + 4]
        assert not marked.any(), f"a mark on {day} November, without an alarm"
    spike, quiet = (
        np.flatnonzero(blue[:, column(day, "12:00") - 2 : column(day, "12:00") + 3].any(axis=1))
        for day in (4, 8)
    )
    assert len(spike) > 20 * max(1, len(quiet)) / 2, "Wednesday's spike is not drawn"
    silent = blue[:, column(12, "03:30")]
    assert not silent.any(), "a line where there was no datapoint"
