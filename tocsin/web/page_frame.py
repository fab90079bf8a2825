"""What all pages have in common: the frame, the answer to htmx, what a form may say."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from tocsin.typed_command import of_project
from tocsin.web.bug_list import OPEN
from tocsin.web.console import Console
from tocsin.web.rendering import render
from tocsin.web.snapshots import Snapshot

_MOST_FIELDS = 20


class Pages:
    """Renders what the views found, of one console."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self._keys = {function.name: function.key for function in console.stage.watched}

    def answer(
        self,
        request: Request,
        name: str,
        values: Mapping[str, Any],
        *,
        snapshot: Snapshot[Any] | None = None,
        status: int = 200,
    ) -> Response:
        """The page ``name``; to htmx its part alone, which the template ``_name`` has."""
        part = request.headers.get("hx-request") == "true"
        template = f"_{name}.html.j2" if part else f"{name}.html.j2"
        read_at = snapshot.read_at if snapshot else None
        given = {
            "stage": self.console.stage,
            "title": self.console.title,
            "views": self.console.views,
            "commanded": self.commanded,
            "key_of": self._keys,
            "page": name,
            "part": part,
            "path": request.url.path,
            "snapshot": snapshot,
            "open_bugs": self._open_bugs(),
            "alarms_firing": self._alarms_firing(),
            "now": self.console.as_stage_time(datetime.now(UTC)),
            "as_of": self.console.as_stage_time(read_at or datetime.now(UTC)),
            **values,
        }
        return HTMLResponse(render(template, given), status)

    def commanded(self, task: str, *arguments: str) -> str:
        """How ``task`` is typed for this stage."""
        typed = of_project(self.console.root)
        return " ".join((typed, task, *arguments, "--stage", self.console.stage.name))

    def _open_bugs(self) -> int | None:
        bugs = self.console.bugs.latest.value
        return None if bugs is None else sum(bug.state in OPEN for bug in bugs)

    def _alarms_firing(self) -> int | None:
        alarms = self.console.alarms.latest.value
        return None if alarms is None else sum(alarm.state == "ALARM" for alarm in alarms)


async def form(request: Request) -> dict[str, str]:
    """The fields of a form that was sent, the first of each name; none of a malformed one."""
    body = (await request.body()).decode("utf-8", "replace")
    try:
        found = parse_qs(body, keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        return {}
    return {name: values[0] for name, values in found.items()}


def back_to(request: Request, path: str) -> Response:
    """After a change: the page anew, also where htmx asked."""
    if request.headers.get("hx-request") == "true":
        return Response(status_code=204, headers={"HX-Redirect": path})
    return RedirectResponse(path, status_code=303)
