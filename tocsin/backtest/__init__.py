"""The backtest: what today's alarms would have done with the history of their metrics."""

from tocsin.backtest.episodes import Episode
from tocsin.backtest.files import HistoryFileError, load, save
from tocsin.backtest.history import History
from tocsin.backtest.page import write_page
from tocsin.backtest.report import AlarmReport, Report, backtest
from tocsin.backtest.request import Request, prepare
from tocsin.backtest.view import print_report

__all__ = [
    "AlarmReport",
    "Episode",
    "History",
    "HistoryFileError",
    "Report",
    "Request",
    "backtest",
    "load",
    "prepare",
    "print_report",
    "save",
    "write_page",
]
