"""``externalFunctions`` on one stage: who is meant, with which settings, and who cannot be."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from tocsin import names
from tocsin.alarms import AlarmSettings
from tocsin.config.alarm_overrides import Alarms
from tocsin.config.document import KeyPath, Problem
from tocsin.config.external_lock import Listed, Lists, Selector, selector
from tocsin.config.external_settings import ExternalFunctions
from tocsin.config.local_names import is_local
from tocsin.config.model import Monitoring
from tocsin.config.watched_functions import ExternalFunction, Function

KEY = "externalFunctions"

# (alarm levels, path for problems) -> the alarms' settings by kind.
AlarmsOf = Callable[[tuple[Alarms, ...], KeyPath], Mapping[str, AlarmSettings]]


@dataclass(frozen=True)
class Entry:
    """One entry of the file that holds on the stage; ``found`` is None where it is not listed."""

    path: KeyPath
    settings: ExternalFunctions
    found: tuple[Listed, ...] | None

    @property
    def selector(self) -> Selector | None:
        return selector(self.settings)


def entries(monitoring: Monitoring, stage: str, lists: Lists) -> Iterator[Entry]:
    """The entries of ``stage``, in the file's order, with what their lists gave."""
    for index, function in enumerate(monitoring.external_functions):
        if stage not in function.stages if function.stages is not None else is_local(stage):
            continue
        by = selector(function)
        found = lists.get(stage, {}).get(str(by)) if by is not None else ()
        if found is not None:
            found = tuple(listed for listed in found if listed.name not in function.except_)
        yield Entry((KEY, index), function, found)


def all_names(monitoring: Monitoring, lists: Lists) -> list[str]:
    """Every external function of any stage, each once: a stack number is for all stages."""
    found = [
        name
        for stage in monitoring.stages
        for entry in entries(monitoring, stage, lists)
        for name in _names(entry)
    ]
    return list(dict.fromkeys(found))


def _names(entry: Entry) -> list[str]:
    if entry.settings.name is not None:
        return [entry.settings.name]
    return [function.name for function in entry.found or ()]


def external_functions(
    given: Sequence[Entry], levels: tuple[Alarms, ...], alarms_of: AlarmsOf, owner: str = ""
) -> Iterator[tuple[KeyPath, ExternalFunction]]:
    """The functions of ``given``, with the path of their entry; ``owner`` is the file's."""
    for entry in given:
        settings = entry.settings
        alarms = alarms_of((*levels, settings.alarms), (*entry.path, "alarms"))
        listed = {function.name: function for function in entry.found or ()}
        for name in _names(entry):
            told = listed.get(name)
            group = settings.log_group or (told.log_group if told else None)
            yield (
                entry.path,
                ExternalFunction(
                    key=name,
                    name=name,
                    timeout=settings.timeout or (told.timeout if told else None),
                    # Not the file's events: those are for code that knows them.
                    drill=settings.drill,
                    own_log_group=None if group == names.log_group(name) else group,
                    alarm_settings=alarms,
                    owner=settings.owner or owner,
                ),
            )


def contradictions(
    own: Sequence[Function], found: Sequence[tuple[KeyPath, ExternalFunction]], suffix: str
) -> Iterator[Problem]:
    """Functions that appear twice, and logs that lead the collector to itself."""
    ours = {
        names.function(names.COLLECTOR, suffix): "the collector",
        names.function(names.DRILL, suffix): "the drill's own function",
        names.function(names.NOTIFIER, suffix): "the notifier",
        names.function(names.BUGS, suffix): "the memory of bugs",
        **{function.name: f"the function {function.key}" for function in own},
    }
    ids = {function.logical_id: f"functions.{function.key}" for function in own}
    ids |= {names.logical_id(name): "the monitoring itself" for name in names.OWN}
    groups = {names.log_group(name): whose for name, whose in ours.items()}
    before: dict[str, KeyPath] = {}
    for path, listed in found:
        if listed.name in ours:
            yield Problem(path, f"{listed.name}, which is {ours[listed.name]} of this stage",
                          "functions of other stacks (`except` takes some off a list)")  # fmt: skip
        elif listed.name in before:
            key, index = before[listed.name][:2]
            yield Problem(path, f"{listed.name} again, which {key}[{index}] gives too",
                          "each function once (`except` takes some off a list)")  # fmt: skip
        elif listed.logical_id in ids:
            yield Problem(path, f"{listed.name}, whose alarms have the names of those of "
                          f"{ids[listed.logical_id]}", "a name that differs in letters or digits",
                          )  # fmt: skip
        elif listed.log_group in groups:
            found_group = (
                f"log group {listed.log_group}, which is that of {groups[listed.log_group]}"
            )
            yield Problem(path, found_group, "the log group of another stack's function")
        before.setdefault(listed.name, path)
        ids.setdefault(listed.logical_id, listed.name)
