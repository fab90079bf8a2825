"""The backtest: what today's alarms would have done with the history of their metrics."""

from tocsin.backtest.episodes import Episode
from tocsin.backtest.history_files import HistoryFileError, load, refuse_ending, save
from tocsin.backtest.metric_history import MetricHistory
from tocsin.backtest.page import write_page
from tocsin.backtest.preparation import BacktestRequest, prepare
from tocsin.backtest.report import AlarmReport, BacktestReport, backtest
from tocsin.backtest.view import print_report

__all__ = [
    "AlarmReport",
    "BacktestReport",
    "BacktestRequest",
    "Episode",
    "HistoryFileError",
    "MetricHistory",
    "backtest",
    "load",
    "prepare",
    "print_report",
    "refuse_ending",
    "save",
    "write_page",
]
