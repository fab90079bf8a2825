"""`./inv` and `tocsin`: invoke, which says of a mistyped line what is accepted, and exits 2.

Invoke alone has "no idea" and exits 1, which here means that something failed. Subclassing its
program is what it offers for this: https://docs.pyinvoke.org/en/stable/concepts/library.html
"""

import os
import re
import signal
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import TracebackType

import yaml
from invoke.exceptions import Exit, ParseError
from invoke.parser import Parser
from invoke.parser.context import ParserContext, to_flag
from invoke.program import Program as InvokeProgram

from tocsin import product
from tocsin.cli import interruption
from tocsin.cli.task import ROOT_KEY
from tocsin.escaping import visible
from tocsin.nearest import nearest
from tocsin.project_folder import MONITORING, NoProject, project_folder
from tocsin.typed_command import SCRIPT

_OURS = "tocsin.cli.tasks."
_UNKNOWN = re.compile(r"No idea what '(.*)' is!", re.DOTALL)
_NO_VALUE = re.compile(r"Flag <Argument: (\S+).*> needed value and was not given one!")
_MISSING = re.compile(r"did not receive required positional arguments: (.*)")


class Program(InvokeProgram):
    """Invoke's program; what it cannot parse is bad input, and who stops reading is no error."""

    @property
    def typed_as(self) -> str:
        """How people call it in a project's folder."""
        return SCRIPT if self.binary == "inv" else str(self.binary)

    def print_version(self) -> None:
        print(f"{self.name} {product.version()}")  # noqa: T201 - as invoke prints its own

    def run(self, argv: list[str] | None = None, exit: bool = True) -> None:
        sys.excepthook = _print_bug
        try:
            super().run(self._with_help_first(sys.argv if argv is None else argv), exit)
            sys.stdout.flush()
        except BrokenPipeError:  # `./inv errors | head`
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(128 + signal.SIGPIPE)

    def _with_help_first(self, argv: list[str]) -> list[str]:
        """``inv TASK --help`` as ``inv --help TASK``, which invoke does not take for a value."""
        with_value = {
            to_flag(name)
            for argument in (*self.core_args(), *self.task_args())
            if argument.takes_value and not argument.optional
            for name in argument.names
        }
        place = 1
        while place < len(argv) and argv[place].startswith("-"):
            place += 2 if argv[place] in with_value else 1
        if "--help" in argv[1:place] or "--help" not in argv[place + 1 :]:
            return argv
        return [*argv[:place], "--help", argv[place]]

    def list_tasks(self) -> None:
        """The tasks in their groups, each with the first sentence of its words."""
        if self.list_format != "flat" or self.list_root:
            super().list_tasks()
            return
        self._print_groups()

    def print_help(self) -> None:
        """Without a task, what tasks there are."""
        if not hasattr(self, "collection"):  # of a bare --help, invoke has not read the tasks
            self.load_collection()
        print(f"Usage: {self.binary} TASK [--options]; {self.binary} --help TASK for its options")  # noqa: T201
        self._print_groups()

    def _print_groups(self) -> None:
        for heading, lines in self._groups():
            print(f"\n{heading}")  # noqa: T201 - as invoke prints its own list
            width = max(len(name) for name, _ in lines) + 2
            for name, words in lines:
                print(f"  {name:<{width}}{words}")  # noqa: T201

    def _groups(self) -> Iterator[tuple[str, list[tuple[str, str]]]]:
        """(heading, [(name, words)]): ours in their order, then what the project adds."""
        from tocsin.cli.tasks import GROUPS

        found: dict[str, list[tuple[str, str]]] = {}
        for task in self.collection.tasks.values():
            module = str(task.body.__module__)
            heading = GROUPS.get(module.rpartition(".")[2]) if module.startswith(_OURS) else None
            sentence = " ".join((task.__doc__ or "").split("\n\n")[0].split())
            name = task.name.replace("_", "-")
            found.setdefault(heading or "This project", []).append((name, sentence))
        for heading in (*GROUPS.values(), "This project"):
            if heading in found:
                yield heading, found[heading]

    def execute(self) -> None:
        try:
            interruption.raises_again()
            super().execute()
        except KeyboardInterrupt:  # of a task that is not ours
            raise Exit(interruption.MESSAGE, code=interruption.EXIT_CODE) from None

    def _make_parser(self) -> Parser:
        """Invoke's own, of the tasks that the line names: it copies all options of those it has,
        which is a third of what a short command takes."""
        if self.args.complete.value:
            return super()._make_parser()
        named = {*self.argv, self.args.help.value}
        contexts = self.collection.to_contexts()
        return Parser(
            initial=self.initial_context,
            contexts=[context for context in contexts if {context.name, *context.aliases} & named],
        )

    def parse_tasks(self) -> None:
        self._explaining(super().parse_tasks)
        if self.args.complete.value:
            return  # what a shell asks about stands after --, and is half typed
        for context in self.tasks:
            # Nobody means it: `--stage "$STAGE"` of a variable that is not set.
            if refused := _empty(context, self.typed_as):
                raise Exit(refused, code=2)
        if self.core.remainder:
            raise Exit(
                visible(f"found -- {self.core.remainder}; accepted: nothing after --"), code=2
            )

    def parse_cleanup(self) -> None:
        self._explaining(super().parse_cleanup)

    def _explaining(self, parse: Callable[[], None]) -> None:
        try:
            parse()
        except ParseError as error:
            tasks = [name.replace("_", "-") for name in self.collection.task_names]
            root = self.collection.configuration().get("tocsin", {}).get(ROOT_KEY)
            stages, functions = declared_in(root, "stages"), declared_in(root, "functions")
            said = explained(error, tasks, stages, functions, self.typed_as)
            raise Exit(visible(said, keep="\n"), code=2) from None


def _print_bug(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    """A traceback as Python prints it; its message may be anybody's text."""
    lines = traceback.format_exception(kind, error, trace)
    sys.stderr.write(visible("".join(lines), keep="\n\t"))


def declared_in(root: str | None, key: str) -> list[str]:
    """The stages or functions of the project in ``root``; none where nothing can be read."""
    try:
        folder = Path(root) if root else project_folder(Path.cwd())
        declared = yaml.safe_load((folder / MONITORING).read_text(encoding="utf-8"))
        return [str(name) for name in declared[key]]
    except (NoProject, OSError, ValueError, KeyError, TypeError, yaml.YAMLError):
        return []


def explained(
    error: ParseError,
    tasks: list[str],
    stages: Sequence[str] = (),
    functions: Sequence[str] = (),
    typed_as: str = SCRIPT,
) -> str:
    """What was found, in which task, and what is accepted; invoke's words where there is more."""
    message, context = str(error), error.context
    context = context if context and context.name else None
    where = f"{context.name}: " if context else ""
    if unknown := _UNKNOWN.search(message):
        token = unknown[1]
        if context and token in stages:
            return f"{where}found {token!r}; did you mean --stage {token}?"
        if context and token in functions and "--function" in context.flag_names():
            return f"{where}found {token!r}; did you mean --function {token}?"
        if not token.startswith("-"):
            said = f"{where}found {token!r}; accepted: a task: {nearest(token, tasks)}"
            return f"{said}; or a value behind its option: {_options(context)}" if context else said
        if context:
            return f"{where}found {token}; accepted: {_options(context)}"
        return f"found {token} before any task; accepted: it after the task that it is for"
    if no_value := _NO_VALUE.search(message):
        return f"{where}found {_flag(no_value[1])} without a value; accepted: one after it"
    if missing := _MISSING.search(message):
        wanted = [name.upper() for name in re.findall(r"'(\w+)'", missing[1])]
        line = " ".join([typed_as, where[:-2], *wanted])
        return f"{where}found no {' and no '.join(wanted)}; accepted: `{line}`"
    return f"{where}{message}"


def _empty(context: ParserContext, typed_as: str) -> str:
    """What is wrong where an option or a value is given as an empty text; empty: nothing."""
    for argument in context.args.values():
        values = argument.value if isinstance(argument.value, list) else [argument.raw_value]
        if "" not in values:
            continue
        if argument.positional:
            wanted = str(argument.name).upper()
            line = f"{typed_as} {context.name} {wanted}"
            return f"{context.name}: found an empty {wanted}; accepted: `{line}`"
        flag = _flag(str(argument.name))
        return f"{context.name}: found an empty {flag}; accepted: a value, or no {flag}"
    return ""


def _flag(name: str) -> str:
    """``for_`` -> ``--for``: as the option of a parameter is typed."""
    return f"--{name.rstrip('_').replace('_', '-')}"


def _options(context: ParserContext) -> str:
    flags = [name for name in context.flag_names() if name.startswith("--")]
    return ", ".join(sorted(flags)) or "no option"


program = Program(name="tocsin", binary="inv", binary_names=["inv"])
