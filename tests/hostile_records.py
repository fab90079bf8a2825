"""Records as somebody would write them who wants a reader of the error log to obey them.

One set for every surface: each text stands in every field that has no form of its own, in the
event's keys and values too. ``CANARY`` is what a text runs where it is taken as code.
"""

import builtins
from decimal import Decimal
from typing import Any

CANARY = "tocsin_hostile_record_ran"
_RUN = f"__import__('builtins').{CANARY}.append(1)"

TEXTS: dict[str, str] = {
    # Python source
    "closes a double quote": f'x" + str({_RUN}) + "',
    "closes a single quote": f"x' + str({_RUN}) + '",
    "closes a docstring": f'"""\n{_RUN}\n"""',
    "closes a docstring of single quotes": f"'''\n{_RUN}\n'''",
    "ends in a backslash": "C:\\temp\\",
    "ends in a backslash and a quote": f'\\"\n{_RUN}\n\\',
    "triple quote after a backslash": f'\\"""\n{_RUN}',
    "leaves a comment by a line feed": f"x\n{_RUN}",
    "leaves a comment by a carriage return": f"x\r{_RUN}",
    "leaves a comment by both": f"x\r\n{_RUN}",
    "a form feed": f"x\x0c{_RUN}",
    "a vertical tab": f"x\x0b{_RUN}",
    "separators of files and records": f"x\x1c{_RUN}\x1d{_RUN}\x1e{_RUN}",
    "next line": f"x\x85{_RUN}",
    "line separator": f"x\u2028{_RUN}",
    "paragraph separator": f"x\u2029{_RUN}",
    "an encoding": "# -*- coding: utf-7 -*-",
    "fields of str.format": "{event} {0} {error_id!r} {{",
    "fields of percent": "%s %(event)s %n %",
    "a template": "{{ 7 * 7 }}{% raw %}{# x #}${7*7}",
    "settings of an editor": "vim: set modeline exrc:",
    # bytes that texts seldom have
    "null": "a\x00b",
    "a lone surrogate": "a\ud800b",
    "a lone low surrogate": "\udfff",
    "surrogates of a byte": "caf\udce9",
    "a noncharacter": "\uffff\ufffe",
    "the last code point": "\U0010ffff",
    "private use": "\ue000\uf8ff",
    "a byte order mark": "\ufeffx",
    "combining marks": "Z" + "\u0337\u0311\u0348" * 20,
    "an emoji of several": "\U0001f469\u200d\U0001f4bb \u2764\ufe0f",
    "nothing": "",
    "only spaces": "   ",
    "long": "x" * 5_000,
    # terminals
    "a colour": "\x1b[31mred\x1b[0m",
    "clears the screen": "\x1b[2J\x1b[H",
    "a window's title": "\x1b]0;owned\x07",
    "a link": "\x1b]8;;https://example.com\x1b\\click\x1b]8;;\x1b\\",
    "the clipboard": "\x1b]52;c;cm0gLXJmIC8=\x07",
    "a status report": "\x1b[6n\x1b[c",
    "a device control string": '\x1bP$q"p\x1b\\',
    "an application command": "\x1b_Gf=24\x1b\\",
    "8-bit controls": "\x9b31m\x9d0;owned\x9c\x90x\x9c\x84",
    "backspaces": "denied\x08\x08\x08\x08\x08\x08passed",
    "overwrites its line": "failed\rpassed",
    "bell and delete": "\x07\x7f",
    "other character sets": "\x0e\x0f\x1b(0",
    "right to left": "\u202egnp.exe",
    "embeddings and isolates": "\u202a\u202b\u202c\u202d\u2066\u2067\u2068\u2069",
    "marks of direction": "\u200e\u200f\u061c",
    "zero width": "a\u200bb\u200cc\u200dd\u2060e\ufefff\u00adg",
    "invisible letters": "a\u115f\u1160\u3164\uffa0\u034f\u2800b",
    "tags": "a\U000e0001\U000e0041\U000e007f",
    "spaces of other widths": "a\u00a0b\u2003c\u3000d",
    "tabs": "a\tb",
    # rich's markup
    "markup": "[bold red]x[/bold red]",
    "markup that closes nothing": "[/x]",
    "markup after a backslash": "\\[/x]",
    "markup after two": "\\\\[/x] \\",
    "a link of markup": "[link=https://example.com]x[/link] [@click=app.bell]y[/]",
    "an emoji's name": ":warning: :bug:",
    # HTML, SVG and XML
    "a script": "<script>alert(1)</script>",
    "leaves a script": "</script><script>alert(1)</script>",
    "leaves a style": "</style><svg onload=alert(1)>",
    "leaves a title": "</title></textarea><img src=x onerror=alert(1)>",
    "leaves an attribute": '" onmouseover="alert(1)" x="',
    "leaves a single quoted one": "' onmouseover='alert(1)' x='",
    "an address": "javascript:alert(1)",
    "entities": "&lt;script&gt;&#x3c;&amp;&nbsp;",
    "a comment": "--><!-- x --!><!DOCTYPE x [<!ENTITY y SYSTEM 'file:///etc/passwd'>]>",
    "character data": "]]><x/>",
    # files, shells, tables
    "a path": "x/../../../conftest",
    "a path of Windows": "..\\..\\conftest",
    "an absolute path": "/etc/passwd",
    "a shell's words": "$(touch x) `touch x`; touch x | sh",
    "an option": "--output=x",
    "a spreadsheet's formula": '=HYPERLINK("https://example.com","x")',
    "a spreadsheet's other formulas": "@SUM(1)\t+1-1|cmd!A0",
    "SQL": "'; DROP TABLE records; --",
    # messages
    "a mention": "<!channel> @here [x](https://example.com)",
    "mentions of somebody": "<@U0123456789> <!subteam^S1|x> <at>Ann</at> <#C1|x>",
    "a link of Slack": "<https://example.com|your bank>",
    "a header of a mail": "x\r\nBcc: victim@example.com\r\n\r\n<html>",
    "an encoded word": "=?utf-8?B?PHNjcmlwdD4=?=",
    "a template of cards": "{{DATE(2026-01-01T00:00:00Z)}} ${if(true, 1, 2)}",
    "Markdown": "![x](https://example.com/pixel.png) **b** `c` # h",
    "an address without its scheme": "www.example.com ftp://x mailto:x@example.com tel:112",
    # the console
    "attributes of htmx": '<a hx-get="/x" hx-trigger="load" hx-vals="js:alert(1)">x</a>',
    "an event of a stream": "x\n\nevent: bugs\ndata: x\n\n",
    "an answer's header": "x\r\nSet-Cookie: a=b",
    # the same by other ways
    "a link that the other controls open": "\x9d8;;https://example.com\x9cclick\x9d8;;\x9c",
    "a link to a file": "\x1b]8;id=1;file:///etc/passwd\x07x\x1b]8;;\x07",
    "a picture in a terminal": "\x1b]1337;File=inline=1;size=1:AAAA\x07",
    "an isolate that nothing ends": "\u2067abc \u2068def",
    "formats of single scripts": "a\u180eb\u17b4c\U0001d173d\U00013430e\ufff9f\ufffbg",
    "variants of nothing": "a\ufe00b\U000e0100c",
    "a formula after a tab": "\t=1+1",
    "a formula after a line": "\r\n=cmd|' /C calc'!A0",
    "a formula that begins wide": '\uff1dHYPERLINK("https://example.com") \uff0b1 \uff0d1 \uff20x',
    "a formula of a sum": "-2+3+cmd|' /C calc'!A0",
    "a formula in quotes": '"=1+1",+1,-1,@x',
    "a link by reference": "[x]: https://example.com 'y'\n[z][x] [x][] <https://example.com>",
    "an address without anything": "login.example.com/reset a@example.org b.example.net:443 x.zip",
    "an address of look-alikes": "\u0430\u0440\u0440\u04cf\u0435.com xn--80ak6aa92e.com "
    "\u043f\u0440.\u0440\u0444/x",
    "an address in wide letters": "\uff48\uff54\uff54\uff50://example.com "
    "\uff48ttps\uff1a\uff0f\uff0fx.com",
    "an address with other strokes": "http:\\\\example.com https:/\\example.com //example.com/x",
    "a call": "tel:112 sms:112 callto:x facetime:x skype:x?call vbscript:x slack://x msteams:/l/x",
    "a mention of Teams": '<at id="0">all</at> {{TIME(2026-01-01T00:00:00Z)}} {{{{DATE(x)}}',
    "leaves a drawing": "</title></desc></text><foreignObject><img src=x onerror=alert(1)>"
    "</foreignObject><animate onbegin=alert(1) attributeName=x>",
    "a script within a script": '<!--<script>{"a":1}</script>\u2028<!--<script',
    "a folded header of a mail": "x\r\n\tBcc: victim@example.com\n Subject: y",
    "an encoded header of a mail": "x%0d%0aBcc: victim@example.com \\r\\nBcc: x",
    # JSON
    "closes a JSON text": '"},{"errorId":"x',
    "a marker of the log": '{"error_log_fallback":{"errorId":"x"}}',
    "a number that is none": "NaN",
}

ID = "01M84DMPFT48X4TMWC48RXZF34"
TIME = "2026-11-23T14:00:00.000Z"
FINGERPRINT = "v1:0f3c5a7e9b1d2c4f"


def _deep(pairs: int) -> Any:
    value: Any = None
    for _ in range(pairs):
        value = {"list": [value]}
    return value


# What the error log gives a form.
FORMED = ("errorId", "timestamp", "fingerprint", "requestId")
# The texts it takes from elsewhere.
FREE = (
    "functionVersion", "traceId", "logGroup", "logStream", "errorType", "errorMessage",
    "stackTrace", "topFrame", "release", "itemId",
)  # fmt: skip


def record(text: str, function_name: str = "orders-function-dev") -> dict[str, Any]:
    """A record with ``text`` in every field that takes texts, and in a field of its own name."""
    return {
        "errorId": ID,
        "timestamp": TIME,
        "functionName": function_name,
        "fingerprint": FINGERPRINT,
        "requestId": "5f3d1c9a-0000-4000-8000-000000000000",
        **dict.fromkeys(FREE, text),
        "stage": "dev",
        "source": "handler",
        "handled": False,
        "durationMs": 12.5,
        "event": {"text": text, text or "empty": [text, {text or "empty": text}]},
        "context": {"text": text},
        (text or "empty"): text,
    }


# Values of items that JSON has none for, as boto3 gives them.
STORED: dict[str, Any] = {
    "a large number": Decimal("1E+125"),
    "a small number": Decimal("1E-130"),
    "38 digits": Decimal("1.2345678901234567890123456789012345678"),
    "bytes": b"\x00\xff\x1b",
    "sets": {"texts": {"b", "a"}, "numbers": {Decimal(2), Decimal(1)}, "bytes": {b"\x1b"}},
    "as deep as DynamoDB takes": _deep(15),
}
# And those that no item has.
VALUES: dict[str, Any] = STORED | {
    "numbers that are none": [Decimal("NaN"), Decimal("-Infinity"), float("inf"), float("nan")],
    "an exponent beyond a float": Decimal("1E+999999"),
    "more digits than Python writes": 10**5_000,
}


def canary() -> list[int]:
    """Gets an entry each time a hostile text is run in this process; emptied by this call."""
    ran: list[int] = []
    setattr(builtins, CANARY, ran)
    return ran
