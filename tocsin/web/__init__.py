"""The console in a browser, on loopback: bugs, records, alarms with their series, the drill."""

from tocsin.web.console import Console
from tocsin.web.deep_links import page_of
from tocsin.web.export_console import ExportConsole
from tocsin.web.invitation import Invitation
from tocsin.web.server import serve

__all__ = ["Console", "ExportConsole", "Invitation", "page_of", "serve"]
