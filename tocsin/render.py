"""monitoring.yml + serverless.yml.j2 + resources/ -> build/<stage>/serverless.yml."""

import json
import subprocess
from pathlib import Path

import jinja2
import yaml

from tocsin import dashboard, names
from tocsin.config import Stage
from tocsin.exceptions import InputError

TEMPLATE = "serverless.yml.j2"
RENDERED = "serverless.yml"
ARTIFACTS = "artifacts"


class TemplateError(InputError):
    """A template of the project is wrong; the message names file and line."""


def build_folder(root: Path, stage: Stage) -> Path:
    return root / "build" / stage.name


def layer_artifact() -> str:
    """The layer's archive, relative to the build folder."""
    return f"{ARTIFACTS}/layer.zip"


def function_artifact(key: str) -> str:
    """A function's archive, relative to the build folder."""
    return f"{ARTIFACTS}/{key}.zip"


def render(root: Path, stage: Stage) -> Path:
    """Write build/<stage>/serverless.yml and return its path.

    Raises:
        TemplateError: a template names something that does not exist, has a
            syntax error, or renders to text that is not YAML. Nothing is written.
    """
    text = rendered(root, stage)
    target = build_folder(root, stage) / RENDERED
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8")
    return target


def rendered(root: Path, stage: Stage) -> str:
    """The text of serverless.yml for ``stage``."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader([root, root / "resources"]),
        undefined=jinja2.StrictUndefined,
        autoescape=False,  # noqa: S701 - the output is YAML; values go through tojson
        keep_trailing_newline=True,
    )
    # Jinja's own tojson escapes < > & ' for HTML, which a person then has to read.
    environment.filters["tojson"] = _as_json
    try:
        text = environment.get_template(TEMPLATE).render(
            stage=stage,
            names=names,
            release=release(root),
            tags={"service": stage.service, "stage": stage.name},
            dashboard_body=json.dumps(dashboard.body(stage)),
            artifacts={
                "layer": layer_artifact(),
                "functions": {each.key: function_artifact(each.key) for each in stage.functions},
                "collector": function_artifact(names.COLLECTOR),
            },
        )
    except jinja2.TemplateNotFound as error:
        raise TemplateError(f"{error.name}: no such template in {root}") from error
    except jinja2.TemplateSyntaxError as error:
        raise TemplateError(f"{error.name}:{error.lineno}: {error.message}") from error
    except jinja2.UndefinedError as error:
        raise TemplateError(f"{_place(error, root)}: {error.message}") from error
    try:
        yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise TemplateError(f"{TEMPLATE} renders to text that is not YAML: {error}") from error
    return text


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
    """File and line of the template that raised: the last frame whose file is one of ours."""
    place = TEMPLATE
    trace = error.__traceback__
    while trace is not None:
        file = Path(trace.tb_frame.f_code.co_filename)
        if file.name.endswith(".j2"):
            place = f"{file.relative_to(root).as_posix()}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place
