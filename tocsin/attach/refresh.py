"""Bring attached.lock.json up to date: by the templates, and by the account where it is reached."""

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tocsin.attach import account_stacks
from tocsin.attach.found import FoundFunction, FoundStack
from tocsin.attach.instrumentation import instrumentation
from tocsin.attach.templates import NoTemplate, Place, TemplateFile, functions_in, template_files
from tocsin.aws import account as accounts
from tocsin.aws.account import Account
from tocsin.config import Stage
from tocsin.config.attached_lock import MOST_LETTERS, Attached, write_attached
from tocsin.config.attachments import StageAttachment
from tocsin.config.zero_code import zero_code_refusal
from tocsin.counted import counted
from tocsin.escaping import visible
from tocsin.exceptions import InputError, TocsinError
from tocsin.nearest import first_of


@dataclass(frozen=True)
class Looked:
    """What was found of one entry: ``stacks`` is empty where only the lock knows it.

    ``functions`` are for the lock; ``notes`` for people.
    """

    entry: StageAttachment
    stacks: tuple[FoundStack, ...]
    functions: tuple[Attached, ...]
    notes: tuple[str, ...]

    @property
    def watched(self) -> tuple[Attached, ...]:
        """Those of ``functions`` that monitoring.yml does not take out."""
        return replace(self.entry, found=self.functions).functions


def refresh(root: Path, stage: Stage) -> list[str]:
    """Write what is attached to on ``stage`` to attached.lock.json; notes on what was found.

    Nothing where the stage attaches to nothing. Load the configuration again afterwards.

    Raises:
        InputError: a template is none, or there is nothing to know a function by.
    """
    looked = look(root, stage)
    lists = {found.entry.source: list(found.functions) for found in looked}
    changed = write_attached(root, stage.name, lists)
    notes = [note for found in looked for note in found.notes]
    if looked:
        count = sum(len(found.functions) for found in looked)
        said = "written to" if changed else "as in"
        notes.insert(0, f"attached functions: {count} found, {said} attached.lock.json")
    return notes


def look(root: Path, stage: Stage) -> list[Looked]:
    """What each entry of the stage gives now; nothing is written.

    Raises:
        InputError: see ``refresh``.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    if not stage.attachments:
        return []
    try:
        account = accounts.of(root, stage)
        return [_look(root, stage, entry, account) for entry in stage.attachments]
    except InputError:
        raise
    except (TocsinError, BotoCoreError, ClientError) as error:
        first, *others = [_look(root, stage, entry, None) for entry in stage.attachments]
        why = f"names and log groups of attached functions are those known before: {error}"
        return [Looked(first.entry, first.stacks, first.functions, (why, *first.notes)), *others]


def _look(root: Path, stage: Stage, entry: StageAttachment, account: Account | None) -> Looked:
    notes: list[str] = []
    files = _files(root, stage, entry, notes)
    stacks: list[FoundStack] = []
    functions: list[Attached] = []
    before = {function.id: function for function in entry.found or ()}
    several = len(files) > 1
    for file in files:
        resources = (
            account_stacks.stack_resources(account, file.stack) if account and file.stack else None
        )
        place = Place(stage.region, parameters=entry.parameters)
        found = functions_in(file, place, resources)
        stacks.append(found)
        notes += found.notes
        prefix = f"{file.stack}/" if several else ""
        functions += _merged(root, stage, found, before, resources, account is not None, prefix)
    if not files and entry.stack and account is not None:
        resources = account_stacks.stack_resources(account, entry.stack)
        if resources is not None:
            found = account_stacks.deployed_functions(account, entry.stack, resources)
            stacks.append(found)
            functions += _merged(root, stage, found, before, resources, True, "")
        elif not entry.template:
            notes.append(f"{entry.stack} is not deployed yet: none of its functions is watched")
            functions += _vanished(stage, before.values())
    if not stacks and not functions:
        if entry.found is None and (entry.template or account is None):
            raise InputError(_nothing(entry, account, notes))
        functions = list(entry.found or ())
        notes.append(f"watched as known from before: {counted(len(functions), 'function')}")
    if account is not None:
        functions = _with_log_groups(account, functions, entry)
    notes += _words(entry, functions)
    return Looked(entry, tuple(stacks), tuple(functions), tuple(notes))


def _files(
    root: Path, stage: Stage, entry: StageAttachment, notes: list[str]
) -> list[TemplateFile]:
    """The templates of this stage; one that was made for another is none."""
    if not entry.template:
        return []
    try:
        files = template_files(root, entry.template, entry.stack)
    except NoTemplate as error:
        notes.append(str(error))
        return []
    wanted = []
    for file in files:
        state = file.state
        if state is None or (state.stack == entry.stack if entry.stack else (
            state.stage == stage.name
        )):  # fmt: skip
            wanted.append(file)
        else:
            notes.append(
                f"{entry.template} was packaged for {state.stack or state.stage} and not for "
                f"{entry.stack or stage.name}"
            )
    return wanted


def _nothing(entry: StageAttachment, account: Account | None, notes: Sequence[str]) -> str:
    said = "; ".join(notes) or f"no template, and the account of {entry.stack} is not reached"
    reached = "" if account is not None else ", or credentials, to read a deployed stack"
    return (
        f"attach[{entry.index}]: found nothing to know its functions by ({said}); accepted: the "
        f"template of this stage, as its tool writes it{reached}"
    )


def _merged(
    root: Path,
    stage: Stage,
    found: FoundStack,
    before: dict[str, Attached],
    resources: account_stacks.Resources | None,
    asked: bool,
    prefix: str,
) -> Iterator[Attached]:
    """What was found, with what was known before where the account was not ``asked``."""
    for function in found.functions:
        _check_lengths(function, prefix)
        known = before.get(prefix + function.id)
        wired = instrumentation(function, stage)
        name, group = function.name, function.log_group
        if name is None and known is not None and (not asked or found.tool == "terraform"):
            name, group = known.name, known.log_group
        gone = (
            asked
            and bool(found.name)
            and not stage.is_local
            and known is not None
            and known.logs
            and not _is_there(function, resources)
        )
        yield Attached(
            id=prefix + function.id,
            label=function.label,
            name=name,
            runtime=function.runtime,
            handler=wired.handler,
            timeout=min(max(function.timeout, 1), 900),
            memory=min(max(function.memory, 128), 32_768),
            log_group=group,
            reserved_concurrency=function.reserved_concurrency,
            events=list(function.events),
            source=_relative(root, function.source),
            lacks=list(wired.lacks),
            unknown=list(wired.unknown),
            automatic=wired.automatic,
            answers_drill=wired.answers_drill,
            logs=known.logs if known is not None and not asked else False,
            gone=gone if asked or known is None else known.gone,
        )


def _check_lengths(function: FoundFunction, prefix: str) -> None:
    """Texts of a template may have any length, and those of the lock are for people to read."""
    texts = {
        "id": prefix + function.id, "label": function.label, "runtime": function.runtime,
        "handler": function.handler,
    }  # fmt: skip
    for key, text in texts.items():
        if len(text) > MOST_LETTERS:
            raise InputError(
                f"function {visible(function.label[:40])}: found a text of {len(text):,} letters "
                f"as its {key}; accepted: {MOST_LETTERS:,}"
            )


def _is_there(function: FoundFunction, resources: account_stacks.Resources | None) -> bool:
    if resources is None:
        return False
    inside, _, logical_id = function.id.rpartition("/")
    return logical_id in resources.get(inside, {})


def _vanished(stage: Stage, before: Iterable[Attached]) -> list[Attached]:
    """Those that ran once, of a stack that is there no more; a local stage begins anew."""
    known = [] if stage.is_local else [function for function in before if function.logs]
    return [function.model_copy(update={"gone": True}) for function in known]


def _with_log_groups(
    account: Account, functions: Sequence[Attached], entry: StageAttachment
) -> list[Attached]:
    groups = {
        function.id: entry.of(function).log_group or function.log_group for function in functions
    }
    there = account_stacks.log_groups(account, filter(None, groups.values()))
    return [
        function.model_copy(update={"logs": groups[function.id] in there}) for function in functions
    ]


def _words(entry: StageAttachment, functions: Sequence[Attached]) -> Iterator[str]:
    watched = replace(entry, found=tuple(functions))
    if waiting := watched.waiting:
        yield (
            f"{counted(len(waiting), 'function')} of {entry.source} not watched before the first "
            f"deploy, which gives the names: {first_of(waiting)}"
        )
    for function in watched.functions:
        refusal = zero_code_refusal(function.runtime, function.handler)
        if entry.of(function).zero_code and refusal:
            yield (f"attach[{entry.index}].functions.{visible(function.label)}.zeroCode: {refusal}")
    silent = [
        function.label
        for function in watched.functions
        if not function.logs
        and (function.name or entry.of(function).name)
        and entry.of(function).log_group is None
    ]
    if silent:
        yield (
            f"{counted(len(silent), 'function')} of {entry.source} without a log group yet, and so "
            f"without a subscription: {first_of(silent)}; deploy again after the first run"
        )


def _relative(root: Path, path: Path | None) -> str:
    return "" if path is None else Path(os.path.relpath(path, root)).as_posix()
