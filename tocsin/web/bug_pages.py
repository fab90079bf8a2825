"""The list of bugs, one bug with its records, and what is beside a record."""

import re
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from tocsin import triage
from tocsin.triage.forms import FORMS
from tocsin.triage.record_reading import Record
from tocsin.triage.related import neighbours
from tocsin.web.bug_list import (
    FIELD_NAMES,
    ORDERS,
    SHOWN,
    TREND_HOURS,
    BugEntry,
    BugQuery,
    listed,
)
from tocsin.web.console import Part
from tocsin.web.page_frame import Pages
from tocsin.web.rendering import address

MOST_RECORDS = 25
MUTES: dict[str, timedelta | int] = {
    "1 day": timedelta(days=1),
    "7 days": timedelta(days=7),
    "30 days": timedelta(days=30),
    "100 more failures": 100,
    "10,000 more failures": 10_000,
}
"""What a mute may end with: a time from now, or so many failures more."""
USUAL_MUTE = "7 days"
_NOTHING_SAID: dict[str, Any] = {"said": "", "failed": None, "undoes": False, "said_of": ""}
_LONG_FIELDS = ("stackTrace", "event", "context")
_FRAME = re.compile(r'^\s{0,40}File "/var/task/(?!.{0,300}(site-packages|/python/lib))')
# Parts of AWS's own domains: https://docs.aws.amazon.com/general/latest/gr/rande.html
_CONSOLE_OF = {"cn-": "console.amazonaws.cn", "us-gov-": "console.amazonaws-us-gov.com"}


class BugPages:
    """Handlers of /bugs and /records."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages
        self._console = pages.console

    def all(self, request: Request) -> Response:
        """The bugs that the address asks for, ``PAGE`` of them."""
        return self._list(request, dict(request.query_params), _NOTHING_SAID)

    def _list(self, request: Request, parameters: dict[str, str], told: dict[str, Any]) -> Response:
        query = BugQuery.of(parameters)
        snapshot = self._console.bugs.get()
        found = None if snapshot.value is None else listed(snapshot.value, query)
        return self._pages.answer(
            request,
            "bugs",
            {
                "query": query,
                "found": found,
                "field_names": FIELD_NAMES,
                "shown_names": tuple(SHOWN),
                "orders": ORDERS,
                "trend_hours": TREND_HOURS,
                "remembers": self._console.remembers,
                **told,
            },
            snapshot=snapshot,
        )

    def one(self, request: Request) -> Response:
        """A bug, and the record of it that ``?record=`` names, or its newest."""
        fingerprint = str(request.path_params["fingerprint"])
        return self._one(
            request, fingerprint, request.query_params.get("record", ""), _NOTHING_SAID
        )

    def after_decision(self, request: Request, fingerprint: str, told: dict[str, Any]) -> Response:
        """The part of the page that a decision was made on, as it is now.

        htmx says what is in the address bar; only what the list's filter takes is read from it.
        """
        parts = urlsplit(request.headers.get("hx-current-url", ""))
        parameters = dict(parse_qsl(parts.query, max_num_fields=20))
        if parts.path == "/bugs":
            return self._list(request, parameters, told)
        return self._one(request, fingerprint, parameters.get("record", ""), told)

    def _one(
        self, request: Request, fingerprint: str, record: str, told: dict[str, Any]
    ) -> Response:
        snapshot = self._console.bugs.get()
        bug = next((bug for bug in snapshot.value or () if bug.fingerprint == fingerprint), None)
        values: dict[str, Any] = {
            "bug": bug,
            "fingerprint": fingerprint,
            "remembers": self._console.remembers,
            "mutes": tuple(MUTES),
            "usual_mute": USUAL_MUTE,
            **told,
        }
        if bug is not None:
            values |= self._records(bug, record)
        missing = bug is None and snapshot.value is not None
        return self._pages.answer(
            request, "bug", values, snapshot=snapshot, status=404 if missing else 200
        )

    def suspected(self, request: Request) -> Response:
        """The commits that may have brought a bug, where the project is a checkout."""
        fingerprint = str(request.path_params["fingerprint"])
        console = self._console

        def read() -> triage.Suspects:
            account, stage = console.account, console.stage
            bug = triage.bug(account, stage, fingerprint)
            releases = triage.releases(account, stage)
            record = triage.newest_record(account, stage, bug)
            return triage.suspects(console.root, stage, bug, releases, record)

        return self._pages.answer(request, "suspects", {"suspects": console.part(read)})

    def of_record(self, request: Request) -> Response:
        """The page of the bug that a record is of, at that record."""
        error_id = str(request.path_params["error_id"])
        console = self._console
        found = console.part(lambda: console.record(error_id))
        if isinstance(found.value, dict) and isinstance(found.value.get("fingerprint"), str):
            path = f"/bugs/{quote(found.value['fingerprint'], safe='')}"
            return RedirectResponse(address(path, record=error_id), status_code=303)
        return self._pages.answer(request, "missing", {"trouble_found": found.trouble}, status=404)

    def beside(self, request: Request) -> Response:
        """Other records of the request, or the trace, of one."""
        error_id = str(request.path_params["error_id"])
        console = self._console

        def read() -> list[Record]:
            record = console.record(error_id)
            return neighbours(console.account, console.stage, record)

        return self._pages.answer(request, "neighbours", {"neighbours": console.part(read)})

    def _records(self, bug: BugEntry, wanted: str) -> dict[str, Any]:
        console = self._console
        records = console.part(lambda: console.records_of(bug, MOST_RECORDS))
        found: list[Record] = records.value if isinstance(records.value, list) else []
        ids = [str(record["errorId"]) for record in found]
        chosen = wanted if wanted in ids else ids[0] if ids else ""
        place = ids.index(chosen) if chosen else 0
        record = console.part(lambda: console.record(chosen)) if chosen else Part()
        shown: Record = record.value if isinstance(record.value, dict) else {}
        return {
            "trend_hours": TREND_HOURS,
            "most_records": MOST_RECORDS,
            "records": records,
            "record": record,
            "position": place + 1,
            "newer": ids[place - 1] if place > 0 else "",
            "older": ids[place + 1] if place + 1 < len(ids) else "",
            "own_frames": own_lines(str(shown.get("stackTrace", ""))),
            "log_before": shown.get("logBefore"),
            "fields": [(name, shown[name]) for name in sorted(shown) if name not in _LONG_FIELDS],
            "log_address": log_address(console.stage.region, shown)
            if "alarms" in console.views and not console.stage.is_local
            else "",
        }


def own_lines(stack: str) -> frozenset[int]:
    """Which lines of a stack trace are frames of the function's own code, and their code."""
    lines = stack.split("\n")
    found = set()
    for index, line in enumerate(lines):
        if _FRAME.match(line):
            found |= {index, index + 1}
    return frozenset(found)


def log_address(region: str, record: Record) -> str:
    """Where CloudWatch's own console shows the record's log stream; empty where none is known.

    The form of such an address is documented nowhere: names are quoted twice, with ``$`` for ``%``.
    """
    group, stream = record.get("logGroup"), record.get("logStream")
    if not (isinstance(group, str) and isinstance(stream, str) and group and stream):
        return ""
    if not re.fullmatch(FORMS["functionName"][0], str(record.get("functionName", ""))):
        return ""
    host = next(
        (host for begin, host in _CONSOLE_OF.items() if region.startswith(begin)),
        f"{region}.console.aws.amazon.com",
    )
    place = f"log-group/{_quoted(group)}/log-events/{_quoted(stream)}"
    return f"https://{host}/cloudwatch/home?region={region}#logsV2:log-groups/{place}"


def _quoted(name: str) -> str:
    once = quote(name.encode("utf-8", "replace"), safe="")
    return quote(once, safe="").replace("%", "$")
