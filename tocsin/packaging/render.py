"""monitoring.yml + serverless.yml.j2 + resources/ -> a serverless.yml for each stack."""

import hashlib
import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import jinja2
import yaml
from jinja2.bccache import Bucket

from tocsin import names, product
from tocsin.alarms import AlarmDefinition
from tocsin.config import Function, Stage
from tocsin.config.external_lock import LISTED_FILE
from tocsin.config.handlers import FUNCTIONS
from tocsin.config.notification import NEWS, people_topic_id
from tocsin.config.osls_variables import has_variable
from tocsin.config.stacks_lock import write_lock
from tocsin.dashboards import dashboards
from tocsin.documents import SafeLoader, yaml_error
from tocsin.exceptions import InputError
from tocsin.packaging.further_resources import Further, further_resources
from tocsin.stacks import Stack, collector_access, notifier_access, stacks_of
from tocsin.stacks.composite_alarms import Health
from tocsin.stacks.needed_rights import needed_rights
from tocsin.stacks.own_alarms import own_alarms
from tocsin.stacks.people import fallback_part, people_topics
from tocsin.stacks.roles import ROLE_TAG, role_of, roles_of
from tocsin.stacks.shared import drill_key, shared_arns
from tocsin.stacks.stack_mutes import mutes
from tocsin.typed_command import typed

TEMPLATE = "serverless.yml.j2"
RENDERED = "serverless.yml"
ARTIFACTS = "artifacts"


class _Bytecode(jinja2.BytecodeCache):
    """The templates compiled in this process: each stack that is removed renders anew."""

    def __init__(self) -> None:
        self._known: dict[str, bytes] = {}

    def get_cache_key(self, name: str, filename: str | None = None) -> str:
        """The name alone, since Jinja also compares the sources."""
        return name

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._known:
            bucket.bytecode_from_string(self._known[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._known[bucket.key] = bucket.bytecode_to_string()


_BYTECODE = _Bytecode()


class TemplateError(InputError):
    """A template of the project is wrong; the message names file and line."""


class _Templates(jinja2.FileSystemLoader):
    """Jinja's own says of a file that is no text only that it is none, and not which one it is."""

    def get_source(
        self, environment: jinja2.Environment, template: str
    ) -> tuple[str, str, Callable[[], bool]]:
        try:
            return super().get_source(environment, template)
        except UnicodeDecodeError as error:
            raise TemplateError(
                f"{template}: found no UTF-8: {error.reason} at byte {error.start}; accepted: a "
                "template"
            ) from None


class NotListed(InputError):
    """A list of external functions was never made, so nobody knows whom to watch."""

    def __init__(self, stage: Stage) -> None:
        wanted = "; ".join(str(selector) for selector in stage.unlisted)
        super().__init__(
            f"externalFunctions on {stage.name}: found no list for {wanted} in {LISTED_FILE}; "
            f"accepted: credentials, with which `{typed(f'render --stage {stage.name}')}` lists "
            "them once, or names in place of lists"
        )


def build_folder(root: Path, stage: Stage) -> Path:
    return root / "build" / stage.name


def layer_artifact() -> str:
    """The layer's archive, relative to the build folder."""
    return f"{ARTIFACTS}/layer.zip"


def function_artifact(key: str) -> str:
    """A function's archive, relative to the build folder."""
    return f"{ARTIFACTS}/{key}.zip"


def made_from(function: Function) -> str | None:
    """The archive of a function, relative to the build folder; None where none is made for it.

    Functions with one folder of code have one archive, unless something else tells them apart.
    """
    package = function.keys.get("package") or {}
    if function.keys.get("image") or package.get("artifact"):
        return None
    if function.folder == f"{FUNCTIONS}/{function.key}":
        return function_artifact(function.key)
    top = re.split(r"[/.]", function.handler)[0]
    parts = (function.folder, top, function.runtime, function.architecture, package.get("patterns"))
    digest = hashlib.sha256(repr(parts).encode()).hexdigest()[:12]
    name = re.sub(r"[^\w-]+", "-", function.folder).strip("-") or "project"
    return function_artifact(f"{name[:40]}-{digest}")


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
    environment = jinja2.Environment(
        loader=_Templates(_template_folders(root)),
        undefined=jinja2.StrictUndefined,
        autoescape=False,  # noqa: S701 - the output is YAML; values go through tojson
        bytecode_cache=_BYTECODE,
        keep_trailing_newline=True,
    )
    # Jinja's own tojson escapes < > & ' for HTML, which a person then has to read.
    environment.filters["tojson"] = _as_json
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
    texts = []
    try:
        for stack in stacks:
            own_dashboards = [
                dashboard for dashboard in all_dashboards if dashboard.stack == stack.number
            ]
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
                "dashboards": own_dashboards,
                "artifacts": _artifacts(root, stack),
            }
            further = _further(root, stack, environment, values)
            text = environment.get_template(TEMPLATE).render(values, further=further.text)
            yaml.compose(text, Loader=SafeLoader)
            further.check_against(text)
            texts.append(text)
    except jinja2.TemplateNotFound as error:
        raise TemplateError(f"{error.name}: no such template in {root}") from error
    except jinja2.TemplateSyntaxError as error:
        raise TemplateError(f"{error.name}:{error.lineno}: {error.message}") from error
    except jinja2.UndefinedError as error:
        raise TemplateError(f"{_place(error, root)}: {error.message}") from error
    except yaml.YAMLError as error:
        found = yaml_error(error)
        raise TemplateError(
            f"{TEMPLATE} renders to text that is not YAML: its line {found.line}: {found.problem}"
        ) from error
    return texts


def _template_folders(root: Path) -> list[Path]:
    """The product's templates are used as far as the project has none of the same name."""
    owners = (root, product.folder())
    return [folder for owner in owners for folder in (owner, owner / product.RESOURCES)]


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


def _artifacts(root: Path, stack: Stack) -> dict[str, Any]:
    # The archives are made once, beside the main stack.
    above = "../" if stack.part else ""
    return {
        "layer": above + layer_artifact(),
        "functions": {
            function.key: _artifact(root, stack, function, above) for function in stack.functions
        },
        "drill": above + function_artifact(names.DRILL),
        **{name: above + function_artifact(name) for name in product.LAMBDAS},
    }


def _artifact(root: Path, stack: Stack, function: Function, above: str) -> str | None:
    """The archive of a function as its stack's serverless.yml refers to it."""
    made = made_from(function)
    if made is not None:
        return above + made
    given = (function.keys.get("package") or {}).get("artifact")
    if given is None or str(given).startswith("s3://") or has_variable(given):
        return given
    return Path(os.path.relpath(root / str(given), stack.folder(root))).as_posix()


def release(root: Path) -> str:
    """What is deployed, as git names it; ``unversioned`` outside a git checkout."""
    try:
        described = subprocess.run(
            ["git", "describe", "--always", "--dirty", "--tags"],  # noqa: S607
            cwd=root,
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return "unversioned"
    return described.stdout.strip()


def _as_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _place(error: BaseException, root: Path) -> str:
    """File and line of the template that raised: the last frame that is one of ours."""
    place = TEMPLATE
    trace = error.__traceback__
    while trace is not None:
        name = Path(trace.tb_frame.f_code.co_filename).name
        if name.endswith(".j2"):
            # Compiled before, it has the path of then.
            places = (folder / name for folder in _template_folders(root))
            file = next((file for file in places if file.is_file()), Path(name))
            shown = file.relative_to(root) if file.is_relative_to(root) else file
            place = f"{shown.as_posix()}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place
