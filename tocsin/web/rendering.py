"""Pages out of templates: everything that is put in is escaped, and nothing can ask not to be.

What an editor or a browser would obey in a text (control, bidirectional, invisible characters) is
spelled out as everywhere else (``tocsin/escaping.py``).
"""

import functools
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import jinja2
from markupsafe import Markup

from tocsin.escaping import visible
from tocsin.json_values import plain
from tocsin.triage.view import in_lines
from tocsin.web.alarm_list import MUTED, STATES, WORDS
from tocsin.web.sparkline import HEIGHT, WIDTH, sparkline

TEMPLATES = Path(__file__).parent / "templates"
STATIC = Path(__file__).parent / "static"


@functools.cache
def environment() -> jinja2.Environment:
    """What the templates are rendered with; a name that is not given is an error."""
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        undefined=jinja2.StrictUndefined,
        autoescape=True,
        finalize=_finalized,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "moment": moment,
        "lines": several_lines,
        "readable": readable,
        "in_lines": in_lines,
        "number": number,
        "short": short,
    }
    made.globals |= {
        "words_of_state": WORDS,
        "alarm_states": (*STATES, MUTED),
        "sparkline": sparkline,
        "spark_width": WIDTH,
        "spark_height": HEIGHT,
        "address": address,
    }
    return made


def _finalized(value: Any) -> Any:
    if value is None:
        return ""
    return visible(value, keep="\n\t") if _is_text(value) else value


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and not isinstance(value, Markup)


def moment(value: Any) -> str:
    """A time of any kind as ISO 8601 with ``Z``, to the second; what is none stays as it is."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return moment(datetime.fromtimestamp(value, UTC))
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError:
        return str(value)
    return moment(found if found.tzinfo else found.replace(tzinfo=UTC))


def several_lines(text: Any) -> list[str]:
    """The lines of a text, each as it may be shown."""
    return [visible(line, keep="\t") for line in str(text).split("\n")]


def readable(value: Any) -> str:
    """JSON for people; a text as it is."""
    value = plain(value)
    return value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False)


def number(value: float) -> str:
    """A value of a metric, with as many digits as say something."""
    if value == int(value) and abs(value) < 1e15:
        return f"{int(value):,}"
    return f"{value:,.1f}" if abs(value) >= 1_000 else f"{value:.4g}"


def short(text: Any, most: int = 160) -> str:
    """The beginning of a text, in one line."""
    line = " ".join(str(text).split())
    return line if len(line) <= most else f"{line[: most - 1]}…"


def address(path: str, **parameters: object) -> str:
    """``path`` with those of ``parameters`` that say something, in the query string."""
    said = {name: str(value) for name, value in parameters.items() if value not in (None, "")}
    return f"{path}?{urlencode(said)}" if said else path


def render(name: str, values: Mapping[str, Any]) -> str:
    """The page or part ``name``."""
    return environment().get_template(name).render(values)
