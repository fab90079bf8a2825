"""Who hears of a stage, and when not: its notifications and its windows of silence."""

from tocsin.config.document import KeyPath, Problem
from tocsin.config.model import Monitoring
from tocsin.config.notification import Notification
from tocsin.config.resolved_stage import Stage
from tocsin.config.scheduled_mute import ScheduledMute
from tocsin.nearest import nearest


def notifications_of(
    monitoring: Monitoring, stage_name: str, problems: list[Problem]
) -> tuple[Notification, ...]:
    """Those of the stage; one that repeats another is added to ``problems``, and owners that are
    none or cannot be paged apart."""
    owners = {monitoring.owner}
    owners |= {function.owner for function in monitoring.functions.values()}
    owners |= {entry.owner for entry in monitoring.external_functions}
    paging = monitoring.stages[stage_name].paging or monitoring.paging
    found: dict[str, tuple[int, Notification]] = {}
    for index, notification in enumerate(monitoring.notifications):
        if notification.stages is not None and stage_name not in notification.stages:
            continue
        for position, owner in enumerate(notification.owners):
            if owner not in owners:
                path: KeyPath = ("notifications", index, "owners", position)
                known = sorted(known for known in owners if known)
                accepted = nearest(owner, known) if known else "an owner that a function names"
                problems.append(Problem(path, repr(owner), accepted))
        if notification.owners and notification.severity == "page" and paging == "stage":
            # One page for whatever fails first: the next owner would not be told.
            path = ("notifications", index, "owners")
            together = f"{', '.join(notification.owners)}, and one page for the stage as a whole"
            problems.append(Problem(path, together, "owners of pages with `paging: function`"))
        first, _ = found.setdefault(notification.logical_id, (index, notification))
        if first != index:
            same = f"the same as notifications[{first}] on {stage_name}"
            problems.append(Problem(("notifications", index), same, "each once"))
    return tuple(function for _, function in found.values())


def mutes_of(
    monitoring: Monitoring, stage: Stage, problems: list[Problem]
) -> tuple[ScheduledMute, ...]:
    """The windows of ``stage``; those that would mute another thing than they say are problems."""
    found: dict[str, ScheduledMute] = {}
    watched = {function.key: function for function in stage.watched}
    named = (entry.name for entry in monitoring.external_functions if entry.name)
    declared = {*monitoring.functions, *watched, *named}
    for index, mute in enumerate(monitoring.mute):
        for position, name in enumerate(mute.stages or ()):
            if name not in monitoring.stages:
                path: KeyPath = ("mute", index, "stages", position)
                problems.append(Problem(path, repr(name), nearest(name, [*monitoring.stages])))
        if mute.stages is not None and stage.name not in mute.stages:
            continue
        if mute.name in found:
            path = ("mute", index, "name")
            problems.append(Problem(path, f"{mute.name!r} again", "each name once on a stage"))
        found[mute.name] = mute
        for position, key in enumerate(mute.functions):
            path = ("mute", index, "functions", position)
            if key not in declared:
                problems.append(Problem(path, repr(key), nearest(key, sorted(declared))))
            elif key in watched and watched[key].pages and stage.paging == "stage":
                # The page is one for all that fails: it cannot leave out one function.
                together = f"{key}, whose pages are the stage's as a whole"
                accepted = "`paging: function`, or no functions: all alarms are muted then"
                problems.append(Problem(path, together, accepted))
    return tuple(found.values())
