"""Which page shows what somebody has in a message, a log or another terminal."""

import re
from urllib.parse import quote

from tocsin.config import Stage
from tocsin.triage.forms import FORMS
from tocsin.web.rendering import address

_ALARM = re.compile(r"[0-9A-Za-z_-]{1,200}-alarm-[0-9a-z-]{1,40}")
_ULID = re.compile(r"[0-9A-HJKMNP-TV-Z]{26}")


def page_of(stage: Stage, text: str) -> str:
    """The page of a function, an alarm, a fingerprint or an errorId; the bugs that match others."""
    text = text.strip()
    if not text:
        return "/bugs"
    if re.fullmatch(FORMS["fingerprint"][0], text):
        return f"/bugs/{quote(text)}"
    if _ULID.fullmatch(text):
        return f"/records/{text}"
    if any(text in (function.key, function.name) for function in stage.watched):
        return address("/bugs", q=f"function:{text}")
    if _ALARM.fullmatch(text):
        return f"/alarms/{quote(text)}"
    return address("/bugs", q=text)
