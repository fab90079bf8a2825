"""The messages on file as a person sees them: a page that draws each channel's own form.

No client of theirs is asked; what is drawn is every text of the message, in its place.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Any

GOLDEN = Path(__file__).parents[1] / "unit" / "notifier" / "golden"
CASES = ("page", "page-recovery", "new-bug", "regressed-bug", "no-data", "raw", "drill")

_STYLE = """
body{margin:0;padding:16px;background:#e9ebee;color:#1d1c1d;
   font:14px/1.4 system-ui,"DejaVu Sans",sans-serif}
main{display:grid;grid-template-columns:repeat(3,400px);gap:16px;align-items:start}
article{background:#fff;border:1px solid #cfd3d8;border-radius:8px;padding:12px;
   overflow-wrap:anywhere}
h2{margin:-12px -12px 10px;padding:5px 12px;background:#f4f5f7;border-bottom:1px solid #cfd3d8;
   border-radius:8px 8px 0 0;font-size:12px;font-weight:400;color:#555}
h3{margin:0 0 8px;font-size:15px} p{margin:0 0 8px;white-space:pre-wrap}
pre{margin:0 0 8px;white-space:pre-wrap;font:12px/1.45 "DejaVu Sans Mono",monospace}
.block pre{background:#f6f6f7;border:1px solid #ddd;border-radius:4px;padding:6px}
.button{display:inline-block;border:1px solid #bbb;border-radius:4px;padding:3px 10px;
   margin:0 6px 8px 0;font-weight:700}
.small{font-size:12px;color:#616061}
.attention{color:#b3261e}.good{color:#1a7f37}.warning{color:#8a5a00}
"""


def page(channel: str) -> str:
    """The HTML of all cases of ``channel``."""
    drawn = "".join(
        f"<article><h2>{escape(case)}</h2>{_DRAWN[channel](_read(channel, case))}</article>"
        for case in CASES
    )
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(channel)}</title>'
        f"<style>{_STYLE}</style><body><main>{drawn}</main></body></html>"
    )


def _read(channel: str, case: str) -> str:
    (file,) = (GOLDEN / channel).glob(f"{case}.*")
    return file.read_text(encoding="utf-8")


def _mail(text: str) -> str:
    head, _, body = text.partition("\n\n")
    return f"<h3>{escape(head.removeprefix('Subject: '))}</h3><pre>{escape(body)}</pre>"


def _slack(text: str) -> str:
    return "".join(_slack_block(block) for block in json.loads(text)["blocks"])


def _slack_block(block: dict[str, Any]) -> str:
    if block["type"] == "header":
        return f"<h3>{escape(block['text']['text'])}</h3>"
    if block["type"] == "actions":
        names = (button["text"]["text"] for button in block["elements"])
        return "".join(f'<span class="button">{escape(name)}</span>' for name in names)
    if block["type"] == "context":
        return f'<p class="small">{escape(block["elements"][0]["text"])}</p>'
    (part,) = block["elements"]
    said = escape("".join(leaf["text"] for leaf in part["elements"]))
    is_code = part["type"] == "rich_text_preformatted"
    return f'<div class="block"><pre>{said}</pre></div>' if is_code else f"<p>{said}</p>"


def _teams(text: str) -> str:
    (attachment,) = json.loads(text)["attachments"]
    card = attachment["content"]
    buttons = (f'<span class="button">{escape(a["title"])}</span>' for a in card["actions"])
    return "".join(_teams_run(block["inlines"][0]) for block in card["body"]) + "".join(buttons)


def _teams_run(run: dict[str, Any]) -> str:
    said, colour = escape(run["text"]), run.get("color", "").lower()
    if run.get("fontType") == "Monospace":
        return f"<pre>{said}</pre>"
    if run.get("size") == "Large":
        return f'<h3 class="{colour}">{said}</h3>'
    if run.get("weight") == "Bolder":
        return f"<p><b>{said}</b></p>"
    return f'<p class="{"small" if run.get("size") == "Small" else ""}">{said}</p>'


def _webhook(text: str) -> str:
    return f"<pre>{escape(json.dumps(json.loads(text), indent=1, ensure_ascii=False))}</pre>"


_DRAWN: dict[str, Callable[[str], str]] = {
    "mail": _mail, "slack": _slack, "teams": _teams, "webhook": _webhook,
}  # fmt: skip
CHANNELS = tuple(_DRAWN)
