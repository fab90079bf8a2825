"""monitoring.yml + serverless.yml.j2 + resources/ -> a serverless.yml for each stack."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jinja2
import yaml

from tocsin import names
from tocsin.alarms import AlarmDefinition
from tocsin.config import Stage
from tocsin.config.external_lock import LISTED_FILE
from tocsin.config.notification import NEWS, people_topic_id
from tocsin.config.stacks_lock import write_lock
from tocsin.dashboards import Dashboard, dashboards
from tocsin.documents import SafeLoader
from tocsin.exceptions import InputError
from tocsin.packaging.artifact_paths import artifact_paths, build_folder
from tocsin.packaging.further_resources import Further, further_resources
from tocsin.packaging.git_release import release
from tocsin.packaging.jinja_templates import TEMPLATE, jinja_environment, mistakes_placed
from tocsin.stacks import Stack, collector_access, notifier_access, stacks_of
from tocsin.stacks.composite_alarms import Health
from tocsin.stacks.needed_rights import needed_rights
from tocsin.stacks.own_alarms import own_alarms
from tocsin.stacks.people import fallback_part, people_topics
from tocsin.stacks.roles import ROLE_TAG, role_of, roles_of
from tocsin.stacks.shared import drill_key, shared_arns
from tocsin.stacks.stack_mutes import mutes
from tocsin.typed_command import typed

RENDERED = "serverless.yml"


class NotListed(InputError):
    """A list of external functions was never made, so nobody knows whom to watch."""

    def __init__(self, stage: Stage) -> None:
        wanted = "; ".join(str(selector) for selector in stage.unlisted)
        super().__init__(
            f"externalFunctions on {stage.name}: found no list for {wanted} in {LISTED_FILE}; "
            f"accepted: credentials, with which `{typed(f'render --stage {stage.name}')}` lists "
            "them once, or names in place of lists"
        )


def render(root: Path, stage: Stage) -> tuple[Path, ...]:
    """Write the serverless.yml of every stack into its folder, and return their paths.

    Also writes stacks.lock.yml where it is needed and has something new to say.

    Raises:
        TemplateError: a template names something that does not exist, has a
            syntax error, or renders to text that is not YAML. Nothing is written.
    """
    stacks = stacks_of(stage)
    if stage.unlisted:
        raise NotListed(stage)
    texts = _texts(root, stage, stacks)
    _drop_other_folders(root, stage, stacks)
    written = tuple(_write(root, stack, text) for stack, text in zip(stacks, texts, strict=True))
    write_lock(root, stage.stack_numbers)
    return written


def render_stack(root: Path, stack: Stack) -> Path:
    """Write the serverless.yml of one stack only."""
    return _write(root, stack, rendered(root, stack.stage, stack))


def _write(root: Path, stack: Stack, text: str) -> Path:
    target = stack.folder(root) / RENDERED
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8")
    return target


def _drop_other_folders(root: Path, stage: Stage, stacks: tuple[Stack, ...]) -> None:
    """What an earlier run left for stacks that the stage has no more."""
    wanted = {stack.folder(root) for stack in stacks}
    for before in build_folder(root, stage).glob(f"*/{RENDERED}"):
        if before.parent not in wanted:
            shutil.rmtree(before.parent)


def rendered(root: Path, stage: Stage, stack: Stack | None = None) -> str:
    """The text of serverless.yml for ``stack``, or for the main one of ``stage``."""
    (text,) = _texts(root, stage, [stack or stacks_of(stage)[0]])
    return text


def _texts(root: Path, stage: Stage, stacks: Sequence[Stack]) -> list[str]:
    """The text of serverless.yml for each of ``stacks``; what they share is made once."""
    environment = jinja_environment(root)
    environment.globals |= {
        "stage": stage,
        "names": names,
        "external": collector_access,
        "needed_rights": needed_rights,
        "release": release(root),
        "people_topics": people_topics(stage),
        "fallback": people_topic_id(fallback_part(stage)) if stage.people else "",
        "news": NEWS,
        "notifier_access": notifier_access,
        "tags": {"service": stage.service, "stage": stage.name},
        "role_tag": ROLE_TAG,
    }
    all_dashboards = dashboards(stage, stage.groups)
    with mistakes_placed(root):
        return [_text(root, stack, environment, all_dashboards) for stack in stacks]


def _text(
    root: Path,
    stack: Stack,
    environment: jinja2.Environment,
    all_dashboards: Sequence[Dashboard],
) -> str:
    values: dict[str, Any] = {
        "stack": stack,
        "alarms": _alarms(stack),
        "own_alarms": own_alarms(stack),
        "mutes": mutes(stack),
        "arn_of": shared_arns(stack),
        "drill_key": drill_key(stack),
        "health": Health(stack),
        "roles": roles_of(stack),
        "role_of": role_of(stack),
        "dashboards": [
            dashboard for dashboard in all_dashboards if dashboard.stack == stack.number
        ],
        "artifacts": artifact_paths(root, stack),
    }
    further = _further(root, stack, environment, values)
    text = environment.get_template(TEMPLATE).render(values, further=further.text)
    yaml.compose(text, Loader=SafeLoader)
    further.check_against(text)
    return text


def _further(
    root: Path, stack: Stack, environment: jinja2.Environment, values: dict[str, Any]
) -> Further:
    """What the project adds, which is in its main stack."""
    if not stack.is_main:
        return Further()
    return further_resources(root, lambda name: environment.get_template(name).render(values))


def _alarms(stack: Stack) -> list[AlarmDefinition]:
    """The alarms of ``stack`` but the composite ones."""
    stage = stack.stage
    of_functions = [
        alarm
        for function in stack.watched
        for alarm in function.alarm_definitions(stage.suffix, stage.name)
    ]
    return [*of_functions, *own_alarms(stack)]
