"""Values that only a deploy knows: packaging needs no account, so something stands in for them.

osls asks the account for ``${ssm:...}``, ``${cf:...}``, ``${s3:...}`` and ``${aws:accountId}`` when
it compiles; CloudFormation asks for ``{{resolve:...}}`` and ``Fn::ImportValue`` when it deploys.
https://github.com/oss-serverless/osls/blob/4.x/docs/guides/variables.md
"""

import re
from collections.abc import Iterator
from typing import Any

from tocsin.config import Stage
from tocsin.config.osls_variables import of_account

STAND_IN = "waits-for-deploy:"
"""What each stand-in begins with: nobody's value, so nothing is said of its form."""
_MODE = re.compile(r"^configValidationMode:[ \t]*error[ \t]*$", re.MULTILINE)
_STORED = "{{resolve:"
_SHOWN = 80


def without_account(service: str) -> str:
    """A serverless.yml in which each variable of the account is a text that names it.

    A text is no ARN of a layer: what osls says of its form is a warning there. Of what is written
    out, our own reading of osls's schema has spoken before.
    """
    found, end = [], 0
    for variable in of_account(service):
        found += [service[end : variable.begin], _stand_in(variable.text)]
        end = variable.end
    text = "".join([*found, service[end:]])
    return _MODE.sub("configValidationMode: warn", text) if found else text


def needs_account(service: str) -> bool:
    """Whether osls compiles this serverless.yml by what an account has."""
    return next(of_account(service), None) is not None


def waiting(stage: Stage) -> list[str]:
    """``orders environment.TOKEN (${ssm:/shop/token})`` of each such value of a function."""
    return [
        f"{function.key} {path} ({shown if len(shown) <= _SHOWN else shown[: _SHOWN - 3] + '...'})"
        for function in stage.functions
        for path, shown in (
            *_of(function.environment, "environment"),
            *_of(dict(function.keys), ""),
            *_of(list(function.events), "events"),
            *_of(
                [
                    permission.statement(stage.suffix)["Resource"]
                    for permission in function.permissions
                ],
                "permissions",
            ),
        )
    ]


def _of(value: Any, path: str) -> Iterator[tuple[str, str]]:
    match value:
        case {"Fn::ImportValue": name}:
            yield path, f"Fn::ImportValue {name if isinstance(name, str) else '...'}"
        case str():
            if variable := next(of_account(value), None):
                yield path, variable.text
            elif _STORED in value:
                yield path, value[value.index(_STORED) :].partition("}}")[0] + "}}"
        case dict():
            for name, member in value.items():
                yield from _of(member, f"{path}.{name}".lstrip("."))
        case list():
            for index, member in enumerate(value):
                yield from _of(member, f"{path}.{index}")


def _stand_in(variable: str) -> str:
    # No quotes and no variables, wherever in YAML or JSON it may stand.
    kept = "".join(sign for sign in variable if sign.isalnum() or sign in "-_./:")
    return f"{STAND_IN}{kept}"
