"""The functions of a Terraform plan: ``terraform show -json PLAN``.

https://developer.hashicorp.com/terraform/internals/json-format. A plan holds secrets in clear: of
variables only our own are read, and nothing of it is kept as it stands.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from tocsin import names
from tocsin.attach import terraform_roles
from tocsin.attach.event_sources import ALLOWED, MAPPED, Event
from tocsin.attach.found import (
    DEFAULT_MEMORY_MB,
    DEFAULT_TIMEOUT_S,
    FoundFunction,
    FoundStack,
    Statement,
    ours,
)
from tocsin.config.field_types import DEPLOYED_NAME, LOG_GROUP
from tocsin.exceptions import InputError
from tocsin.json_values import as_list

MAJOR = "1"
FUNCTION = "aws_lambda_function"
# A number, or a text in quotes, in which anything may stand.
_INDEX = re.compile(r'\[(?:\d+|"(?:[^"\\]|\\.)*")\]')

Resource = Mapping[str, Any]


def is_plan(document: Any) -> bool:
    return isinstance(document, Mapping) and "planned_values" in document


def functions_of_plan(file: Path, plan: Mapping[str, Any]) -> FoundStack:
    """The functions that there will be once ``plan`` is applied.

    Raises:
        InputError: the format is of another major version.
    """
    version = str(plan.get("format_version"))
    if version.partition(".")[0] != MAJOR:
        raise InputError(
            f"{file}: found format_version {version!r}; accepted: {MAJOR}.x, as "
            "`terraform show -json PLAN` writes it"
        )
    planned = _Plan(plan)
    functions = tuple(
        planned.function(module, resource, file.parent)
        for module, resource in planned.resources
        if resource.get("type") == FUNCTION and resource.get("mode") == "managed"
    )
    return FoundStack(name="", tool="terraform", functions=functions)


class _Plan:
    """Planned values, and the references between resources, which only the configuration has."""

    def __init__(self, plan: Mapping[str, Any]) -> None:
        root = _mapping(_mapping(plan.get("planned_values")).get("root_module"))
        self.resources = list(_planned(root))
        self._by_address: dict[str, Resource] = {}
        self._instances: dict[str, list[Resource]] = defaultdict(list)
        for _, resource in self.resources:
            plain = _plain(str(resource.get("address")))
            self._by_address.setdefault(plain, resource)
            self._instances[plain].append(_mapping(resource.get("values")))
        configuration = _mapping(_mapping(plan.get("configuration")).get("root_module"))
        self._configured: dict[str, list[Resource]] = defaultdict(list)
        for module, resource in _configured(configuration):
            self._configured[module].append(resource)
        self._events = self._of_permissions()

    def function(self, module: str, resource: Resource, folder: Path) -> FoundFunction:
        values = _mapping(resource.get("values"))
        address = str(resource.get("address"))
        name = _formed(values.get("function_name"), DEPLOYED_NAME)
        logging = _first(values.get("logging_config"))
        group = _formed(logging.get("log_group"), LOG_GROUP)
        variables = _mapping(_first(values.get("environment")).get("variables"))
        concurrency = _number(values.get("reserved_concurrent_executions"), -1)
        plain = _plain(address)
        return FoundFunction(
            id=address,
            label=address.removeprefix(f"{FUNCTION}."),
            name=name,
            runtime=_text(values.get("runtime")) or "",
            handler=_text(values.get("handler")) or "",
            timeout=_number(values.get("timeout"), DEFAULT_TIMEOUT_S),
            memory=_number(values.get("memory_size"), DEFAULT_MEMORY_MB),
            # Without one the group is Lambda's default; one that is not known yet is not.
            log_group=group or (names.log_group(name) if name and not logging else None),
            reserved_concurrency=None if concurrency < 0 else concurrency,
            events=tuple(self._events.get(plain, ())),
            layers=tuple(_text(layer) for layer in as_list(values.get("layers") or [])),
            variables=ours(variables, _text),
            statements=self._statements(module, plain),
            made_by=plain if plain != address else "",
            archive=_archive(values.get("filename"), folder),
        )

    def _references(self, module: str, resource: Resource, key: str) -> set[str]:
        """The addresses in ``module`` that an argument of a configured resource refers to."""
        argument = _mapping(_mapping(resource.get("expressions")).get(key))
        references = argument.get("references")
        return {
            ".".join(_plain(str(reference)).split(".")[:2])
            for reference in (references if isinstance(references, list) else [])
        }

    def _statements(self, module: str, address: str) -> tuple[Statement, ...] | None:
        """Of the policies of the role that the function refers to; None where that is elsewhere."""
        local = address.removeprefix(f"{module}.") if module else address
        configured = self._configured.get(module, [])
        functions = [resource for resource in configured if resource.get("address") == local]
        function = functions[0] if functions else {}
        roles = {reference for reference in self._references(module, function, "role")
                 if reference.startswith(f"{terraform_roles.ROLE}.")}  # fmt: skip
        if len(roles) != 1:
            return None
        prefix = f"{module}." if module else ""
        found = terraform_roles.statements_of_role(
            roles.pop(), configured, partial(self._references, module),
            lambda name: self._instances.get(f"{prefix}{name}", ()),
        )  # fmt: skip
        return tuple(found)

    def _of_permissions(self) -> dict[str, list[Event]]:
        """Plain address of a function -> what calls it."""
        found: dict[str, list[Event]] = defaultdict(list)
        for module, resources in self._configured.items():
            prefix = f"{module}." if module else ""
            for resource in resources:
                for key, event in self._calls(prefix, module, resource):
                    for target in self._references(module, resource, key):
                        if target.startswith(f"{FUNCTION}.") and (
                            event not in found[prefix + target]
                        ):
                            found[prefix + target].append(event)
        return found

    def _calls(self, prefix: str, module: str, resource: Resource) -> Iterator[tuple[str, Event]]:
        """(the argument that names the function, the event) of one resource."""
        kind = resource.get("type")
        planned = self._by_address.get(f"{prefix}{resource.get('address')}", {})
        values = _mapping(planned.get("values"))
        if kind == "aws_lambda_permission":
            service = str(values.get("principal")).partition(".")[0]
            if service in ALLOWED:
                yield "function_name", {ALLOWED[service]: {}}
        elif kind == "aws_lambda_event_source_mapping":
            source = " ".join(self._references(module, resource, "event_source_arn"))
            source += str(values.get("event_source_arn") or "")
            name = next((MAPPED[key] for key in MAPPED if key in source), "kafka")
            yield "function_name", {name: {}}
        elif kind == "aws_lambda_function_url":
            yield "function_name", {"url": {}}
        elif kind == "aws_cloudwatch_event_target":
            for rule in self._references(module, resource, "rule"):
                ruled = _mapping(self._by_address.get(prefix + rule, {}).get("values"))
                if expression := _text(ruled.get("schedule_expression")):
                    on = ruled.get("state", "ENABLED") != "DISABLED"
                    yield "arn", {"schedule": {"rate": [expression], "enabled": on}}
                else:
                    yield "arn", {"eventBridge": {}}


def _planned(root: Resource) -> Iterator[tuple[str, Resource]]:
    """(the module's plain address, resource) of all modules."""
    waiting = [root]
    while waiting:
        module = waiting.pop()
        for resource in _listed(module.get("resources")):
            yield _plain(str(module.get("address", ""))), resource
        waiting += _listed(module.get("child_modules"))


def _configured(root: Resource) -> Iterator[tuple[str, Resource]]:
    waiting = [("", root)]
    while waiting:
        address, module = waiting.pop()
        for resource in _listed(module.get("resources")):
            yield address, resource
        calls = _mapping(module.get("module_calls"))
        for name, call in calls.items():
            inner = f"{address}.module.{name}" if address else f"module.{name}"
            waiting.append((inner, _mapping(_mapping(call).get("module"))))


def _plain(address: str) -> str:
    """Without the keys of ``count`` and ``for_each``, which the configuration does not have."""
    return _INDEX.sub("", address)


def _archive(filename: Any, folder: Path) -> Path | None:
    text = _text(filename)
    if not text or "\0" in text:
        return None
    try:
        found = folder / text
        return found if found.exists() else None
    except OSError:
        return None


def _formed(value: Any, pattern: str) -> str | None:
    text = _text(value)
    return text if text is not None and re.fullmatch(pattern, text) else None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _number(value: Any, default: int) -> int:
    whole = isinstance(value, int) and not isinstance(value, bool)
    return value if whole and abs(value) < 10**9 else default


def _first(value: Any) -> Mapping[str, Any]:
    """A block, which a plan has as a list of one."""
    return _mapping(value[0]) if isinstance(value, list) and value else _mapping(value)


def _listed(value: Any) -> list[Resource]:
    return (
        [member for member in value if isinstance(member, Mapping)]
        if isinstance(value, list)
        else []
    )


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
