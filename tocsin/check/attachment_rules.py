"""What functions that are attached to still lack, and those that are gone."""

from collections.abc import Iterator

from tocsin import names
from tocsin.config import AttachedFunction, Stage
from tocsin.config.zero_code import zero_code_refusal
from tocsin.escaping import visible
from tocsin.findings import Finding, Severity
from tocsin.typed_command import typed


def attachments(stage: Stage) -> Iterator[Finding]:
    """A finding for each part without which an attached function's exceptions are no records."""
    remedy = f"`{typed('attach')}` prints the lines"
    words = {
        "path": "PYTHONPATH is set and hides layers: add /opt/python to it before the layer",
        "layer": f"without the layer {names.layer(stage.suffix)}",
        "table": f"ERROR_LOG_TABLE is not {names.table(stage.suffix)}",
        "permission": f"its role may not put an item into {names.table(stage.suffix)}",
        "handler": "its handler is not decorated with errorlog",
    }
    for function in stage.external_functions:
        if not isinstance(function, AttachedFunction):
            continue
        if function.gone:
            message = (
                f"{function.name} ran once, and its stack no longer has it: its alarms can never "
                "fire; `except` in its entry takes it off"
            )
            yield Finding(Severity.ERROR, "attached/gone", function.key, message)
        for part in function.lacks:
            message = f"what it raises is counted, but not recorded: {words[part]}; {remedy}"
            yield Finding(Severity.WARNING, f"attached/{part}", function.key, message)
        if function.missing_source:
            message = (
                f"source: found no folder {visible(function.missing_source)}; accepted: one "
                "relative to monitoring.yml; without it `errors-repro` writes no test"
            )
            yield Finding(Severity.WARNING, "attached/source", function.key, message)
        refusal = zero_code_refusal(function.runtime, function.handler)
        if function.wants_automatic and refusal:
            message = f"attach: functions.{visible(function.label)}.zeroCode: {refusal}"
            yield Finding(Severity.ERROR, "attached/zero-code", function.key, message)
        elif function.wants_automatic and not function.automatic:
            message = f"zeroCode is asked for, and its handler is its own; {remedy}"
            yield Finding(Severity.WARNING, "attached/zero-code", function.key, message)
        if function.automatic and not function.wants_automatic:
            message = "its handler is errorlog.auto.handler, and its entry has no zeroCode: true"
            yield Finding(Severity.WARNING, "attached/zero-code", function.key, message)
