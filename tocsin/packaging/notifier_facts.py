"""What the notifier is told of a stage, in its archive: who is who, what is measured, who is told.

The other side of it is notifier/stage_facts.py. Secrets are names here as in monitoring.yml.
"""

import json
import re
from pathlib import Path
from typing import Any

from tocsin import names, product
from tocsin.alarms import AlarmDefinition
from tocsin.config import Notification, Stage
from tocsin.dashboards import dashboards
from tocsin.packaging.artifact_paths import build_folder
from tocsin.stacks.own_alarms import own_alarms_of
from tocsin.stacks.people import fallback_part, has_mail, route_id
from tocsin.typed_command import of_project

NAME = f"{names.NOTIFIER}/facts.json"
VERSION = 1
_MOST_WORDS = 300
_BELOW = ("LessThanThreshold", "LessThanOrEqualToThreshold")


def write(root: Path, stage: Stage) -> Path:
    """Write the facts of ``stage`` beside its archives, and return their file."""
    file = build_folder(root, stage) / NAME
    file.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(facts(root, stage), ensure_ascii=False, indent=1, sort_keys=True)
    file.write_text(text, encoding="utf-8")
    return file


def facts(root: Path, stage: Stage) -> dict[str, Any]:
    """As notifier/stage_facts.py reads it."""
    command = of_project(root)
    alarms = [
        alarm
        for function in stage.watched
        for alarm in function.alarm_definitions(stage.suffix, stage.name)
    ]
    shown = _dashboards(stage)
    return {
        "version": VERSION,
        "service": stage.service,
        "stage": stage.name,
        "people_topic": names.people_topic(fallback_part(stage), stage.suffix),
        "runbook": stage.runbook,
        "dashboard": names.dashboard(stage.suffix),
        "command": f"{command} alarms --stage {stage.name}",
        "bug_command": (
            f"{command} errors-show {{fingerprint}} --stage {stage.name}"
            if stage.bugs.enabled
            else ""
        ),
        "has_mail": has_mail(stage),
        "functions": {
            function.key: {
                "name": function.name,
                "log_group": function.log_group,
                "owner": function.owner,
                "dashboard": shown.get(function.name, ""),
            }
            for function in stage.watched
        },
        "alarms": {
            alarm.name: _alarm(alarm, command) for alarm in (*alarms, *own_alarms_of(stage))
        },
        "words": runbook_words(root, stage.runbook),
        "routes": _routes(stage),
    }


def _alarm(alarm: AlarmDefinition, command: str) -> dict[str, Any]:
    share = alarm.measure.share_of
    return {
        "subject": alarm.subject,
        "kind": alarm.kind,
        "severity": alarm.severity,
        "what": alarm.what,
        "anchor": alarm.anchor,
        "command": re.sub(r"^invoke\b", command, alarm.command),
        "noun": alarm.measure.noun,
        "unit": alarm.measure.unit,
        "threshold": alarm.threshold,
        "period": alarm.period,
        "periods": alarm.evaluation_periods,
        "below": alarm.comparison_operator in _BELOW,
        **(
            {"share_of": share, "share": [read.metric_of_api for read in alarm.reads]}
            if share
            else {}
        ),
        **({"limits": alarm.limits} if alarm.limits else {}),
    }


def _dashboards(stage: Stage) -> dict[str, str]:
    """Deployed name of a function -> the dashboard that has its row."""
    found: dict[str, str] = {}
    for dashboard in dashboards(stage, stage.groups):
        for function in stage.watched:
            if f'"{function.name}"' in dashboard.text:
                found.setdefault(function.name, dashboard.name)
    return found


def _routes(stage: Stage) -> list[dict[str, Any]]:
    """One for each topic of people, and one for each channel of its own."""
    routes: dict[str, dict[str, Any]] = {}
    for told in stage.people:
        route: dict[str, Any] = {
            "id": route_id(told, stage),
            "protocol": told.protocol,
            "severity": told.severity,
            "owners": list(told.owners),
        }
        if told.is_subscribed:
            route |= {"protocol": "email", "topic": names.people_topic(told.part, stage.suffix)}
        else:
            route |= _address(told)
        routes.setdefault(f"{route['id']} {told.part}", route)
    return list(routes.values())


def _address(told: Notification) -> dict[str, str]:
    given = {"endpoint": told.endpoint, "secret": told.secret, "channel": told.channel}
    return {key: value for key, value in given.items() if value}


_HEADING = re.compile(r"^#{1,6} +(.+?) *#*$")
_MARKUP = re.compile(r"\[([^\]]{0,200})\]\([^)]{0,300}\)|[`*_]{1,3}(?=\S)|(?<=\S)[`*_]{1,3}")


def runbook_words(root: Path, runbook: str) -> dict[str, str]:
    """Anchor -> the first words of that section, where the runbook is a file; else none."""
    file = root / runbook
    if "://" in runbook or not file.is_file():
        file = product.folder() / runbook
    if "://" in runbook or not file.is_file():
        return {}
    found: dict[str, str] = {}
    anchor = ""
    lines: list[str] = []
    for line in [*file.read_text(encoding="utf-8", errors="replace").splitlines(), "# end"]:
        heading = _HEADING.match(line)
        if heading:
            if anchor and (words := _words(lines)):
                found.setdefault(anchor, words)
            anchor, lines = _anchor(heading[1]), []
        else:
            lines.append(line)
    return found


def _anchor(title: str) -> str:
    """As GitHub makes it: https://github.com/gjtorikian/html-pipeline"""
    kept = "".join(
        character for character in title.lower() if character.isalnum() or character in " -_"
    )
    return kept.strip().replace(" ", "-")


def _words(lines: list[str]) -> str:
    """The first paragraph, without its markup, as far as whole sentences fit."""
    text = "\n".join(lines).strip().split("\n\n")[0]
    if text.startswith(("```", "|", "-", "<")):
        return ""
    plain = " ".join(_MARKUP.sub(lambda found: found[1] or "", text).split())
    if len(plain) <= _MOST_WORDS:
        return plain.rstrip(":")
    cut = plain[:_MOST_WORDS]
    whole = max(cut.rfind(mark) for mark in (". ", "? ", "; "))
    return cut[: whole + 1] if whole > 40 else f"{cut.rsplit(' ', 1)[0]} ..."
