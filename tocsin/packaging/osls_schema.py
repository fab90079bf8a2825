"""The schema of a function, as the osls of package.json has it, for ``tocsin/config``.

osls puts it together while it starts: provider and events add what they know. The file that ships
is written by ``lock``, so that monitoring.yml is judged where there is no Node.
"""

import json
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from tocsin.config.osls_validation import DEFINITIONS, FUNCTION, SCHEMA_FILE
from tocsin.exceptions import TocsinError
from tocsin.packaging.osls import EXECUTABLE

_FUNCTIONS = "^[a-zA-Z0-9-_]+$"
_SCRIPT = """
const Serverless = require(process.argv[1]);
const configuration = {service: 'schema', provider: {name: 'aws'}};
const serverless = new Serverless({
  commands: ['print'], options: {}, configuration,
  serviceDir: process.cwd(), configurationFilename: 'serverless.yml',
});
serverless.init().then(() => {
  process.stdout.write(JSON.stringify(serverless.configSchemaHandler.schema));
});
"""


class SchemaError(TocsinError):
    """osls did not say what its schema is."""


def read(root: Path) -> dict[str, Any]:
    """The part of osls's schema that is of a function, with the definitions that it refers to.

    Raises:
        SchemaError: osls cannot be run, or has its schema elsewhere now.
    """
    module = (root / EXECUTABLE).resolve().parents[1] / "lib" / "serverless.js"
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "serverless.yml").write_text("service: schema\nprovider: {name: aws}\n")
        done = subprocess.run(
            ["node", "-e", _SCRIPT, str(module)],  # noqa: S607 - the node that bootstrap checked
            cwd=folder,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
    try:
        schema = json.loads(done.stdout)
        function = schema["properties"]["functions"]["patternProperties"][_FUNCTIONS]
        definitions = schema[DEFINITIONS]
    except (ValueError, KeyError, TypeError) as error:
        raise SchemaError(
            f"osls has its schema no longer where it had it, at {type(error).__name__}: {error}\n"
            f"{done.stderr.strip()[-2_000:]}"
        ) from None
    return {FUNCTION: function, DEFINITIONS: _needed(function, definitions)}


def write(root: Path) -> Path:
    """Write what :func:`read` gives to the file that ships; returns it."""
    text = json.dumps(read(root), indent=1, ensure_ascii=False)
    SCHEMA_FILE.write_text(text + "\n", encoding="utf-8")
    return SCHEMA_FILE


def _needed(node: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    waiting = [node]
    while waiting:
        match waiting.pop():
            case {"$ref": str(reference)}:
                name = reference.rpartition("/")[2]
                if name not in found:
                    found[name] = definitions[name]
                    waiting.append(definitions[name])
            case dict() as mapping:
                waiting += mapping.values()
            case list() as members:
                waiting += members
    return dict(sorted(found.items()))
