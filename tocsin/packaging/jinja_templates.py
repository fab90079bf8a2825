"""The templates of a project: Jinja that says of a mistake in which file and line it is."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import jinja2
import yaml
from jinja2.bccache import Bucket

from tocsin import product
from tocsin.documents import yaml_error
from tocsin.exceptions import InputError

TEMPLATE = "serverless.yml.j2"


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


def jinja_environment(root: Path) -> jinja2.Environment:
    """What renders the templates of the project at ``root``, and the product's beside them."""
    environment = jinja2.Environment(
        loader=_Templates(_template_folders(root)),
        undefined=jinja2.StrictUndefined,
        autoescape=False,  # noqa: S701 - the output is YAML; values go through tojson
        bytecode_cache=_BYTECODE,
        keep_trailing_newline=True,
    )
    # Jinja's own tojson escapes < > & ' for HTML, which a person then has to read.
    environment.filters["tojson"] = _as_json
    return environment


@contextmanager
def mistakes_placed(root: Path) -> Iterator[None]:
    """A mistake in a template becomes a TemplateError that names file and line."""
    try:
        yield
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


def _template_folders(root: Path) -> list[Path]:
    """The product's templates are used as far as the project has none of the same name."""
    owners = (root, product.folder())
    return [folder for owner in owners for folder in (owner, owner / product.RESOURCES)]


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
