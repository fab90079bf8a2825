"""Which functions ``zeroCode`` is for: those before whose handler ``errorlog.auto`` can stand."""

import re

from tocsin.escaping import visible
from tocsin.typed_command import typed

# Of Python, with folders before it. What else a template has there would be evaluated by Terraform
# and osls, which read ${...} in any text.
_PLAIN_HANDLER = re.compile(r"[A-Za-z0-9_./-]{1,128}")


def zero_code_refusal(runtime: str, handler: str) -> str:
    """What stands in the way, and what is accepted; empty where nothing does.

    ``runtime`` is empty of an image, and where a template does not tell it.
    """
    if not runtime:
        return (
            "found an image, or a runtime that its template does not tell; accepted: a zip archive "
            f"of Python; an image gets errorlog by its Dockerfile (`{typed('docs attach')}`)"
        )
    if not runtime.startswith("python"):
        return f"found the runtime {visible(runtime)}; accepted: one of Python"
    if not _PLAIN_HANDLER.fullmatch(handler):
        return (
            f"found the handler {visible(handler) or '(not known)'}; accepted: letters, digits and "
            "`_./-`, 128 at most"
        )
    return ""
