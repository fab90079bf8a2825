"""The attached functions on a terminal: what each has and lacks, and the lines for it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tocsin import terminal
from tocsin.attach.offer import Offer
from tocsin.attach.refresh import Looked
from tocsin.attach.snippets import Snippet
from tocsin.counted import counted


@dataclass(frozen=True)
class Attaching:
    """All that ``attach`` found on one stage."""

    offer: Offer
    looked: Sequence[Looked]
    snippets: Sequence[Sequence[Snippet]]
    """Those of each of ``looked``."""

    def as_dict(self) -> dict[str, object]:
        return {
            "stage": self.offer.stage.name,
            "layer": self.offer.layer or None,
            "table": self.offer.table,
            "statement": self.offer.statement,
            "attached": [
                {
                    "source": looked.entry.source,
                    "notes": list(looked.notes),
                    "functions": [
                        {
                            "function": function.label,
                            "id": function.id,
                            "name": looked.entry.of(function).name or function.name,
                            "runtime": function.runtime,
                            "handler": function.handler,
                            "timeout": function.timeout,
                            "memory": function.memory,
                            "events": function.events,
                            "logGroup": looked.entry.of(function).log_group or function.log_group,
                            "logGroupExists": function.logs,
                            "lacks": function.lacks,
                            "unknown": function.unknown,
                            "zeroCode": function.automatic,
                            "gone": function.gone,
                        }
                        for function in looked.watched
                    ],
                    "snippets": [
                        {"tool": snippet.tool, "text": snippet.text} for snippet in snippets
                    ],
                }
                for looked, snippets in zip(self.looked, self.snippets, strict=True)
            ],
        }


def print_attaching(found: Attaching) -> None:
    """A table of each entry's functions, and the lines that they need."""
    for looked, snippets in zip(found.looked, found.snippets, strict=True):
        terminal.data(f"{looked.entry.source}: {counted(len(looked.watched), 'function')}")
        for note in looked.notes:
            terminal.note(note)
        if looked.watched:
            terminal.table(
                [
                    terminal.Column("function"),
                    terminal.Column("name"),
                    terminal.Column("handler"),
                    terminal.Column("runtime"),
                    terminal.Column("seconds", right=True),
                    terminal.Column("MB", right=True),
                    terminal.Column("called by"),
                    terminal.Column("lacks"),
                ],
                list(_rows(looked)),
            )
        for snippet in snippets:
            shown = snippet.declaration.name if snippet.declaration else snippet.tool
            terminal.data("")
            terminal.data(f"# {shown}:")
            for line in snippet.lines:
                terminal.data(line)


def _rows(looked: Looked) -> Iterator[tuple[str, ...]]:
    for function in looked.watched:
        events = sorted({name for event in function.events for name in event})
        yield (
            function.label,
            looked.entry.of(function).name or function.name or "(given at deploy)",
            function.handler or "-",
            function.runtime or "image",
            str(function.timeout),
            str(function.memory),
            ", ".join(events) or "-",
            ", ".join([*function.lacks, *(f"{part}?" for part in function.unknown)]) or "-",
        )
