"""CloudFormation's intrinsic functions, resolved without deploying anything.

Follows https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from tocsin.cloudformation.loops import LoopFault
from tocsin.cloudformation.parameter_values import NO_VALUE, ParameterValues
from tocsin.cloudformation.resource_names import ResourceNames
from tocsin.cloudformation.undecided import Imported, Undecided, has_undecided
from tocsin.cloudwatch.errors import RefusedDefinition, UnknownValueError

MAX_DEPTH = 100
MAX_STEPS = 200_000
"""Values looked at in one template: names made of names made of names are few."""
MAX_TEXT = 1_000_000
"""Characters of a text that a function makes."""

_SUB = re.compile(r"\$\{(!?)([^}]*)\}")

# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html
_STORED = "{{resolve:"
# What an account or a macro gives.
_BY_DEPLOYMENT = ("Fn::GetAZs", "Fn::Cidr", "Fn::Transform", "Fn::GetStackOutput")


class Resolver:
    """Resolves values of one template; RefusedDefinition names the place that cannot be.

    ``deployed`` has names as deployed, by logical id. Where it is given (it may be empty), nothing
    is made up: what only a deployment knows is an UnknownValueError. With ``carried`` a parameter
    without a value, what is stored elsewhere, what the template refers to and does not have, and
    what is made of them is Undecided.
    """

    def __init__(
        self,
        template: Mapping[str, Any],
        parameters: Mapping[str, Any],
        *,
        account: str,
        region: str,
        stack: str,
        deployed: Mapping[str, str] | None = None,
        carried: bool = False,
    ) -> None:
        self._deployed = deployed
        self._carried = carried
        resources = {
            name: resource
            for name, resource in _object(template, "Resources").items()
            if isinstance(resource, Mapping)
        }
        self._names = ResourceNames(
            resources, deployed, self.resolved, account=account, region=region
        )
        self._conditions = _object(template, "Conditions")
        self._mappings = _object(template, "Mappings")
        self._parameters = ParameterValues(
            _object(template, "Parameters"),
            parameters,
            account=account,
            region=region,
            stack=stack,
        )
        self._depth = self._steps = self._compared = 0

    def resolved(self, value: Any, where: str) -> Any:
        """The value with every intrinsic function in it replaced, AWS::NoValue left out."""
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise RefusedDefinition(where, [f"nested or circular beyond {MAX_DEPTH} levels"])
        self._steps += 1
        if self._steps > MAX_STEPS:
            raise RefusedDefinition(where, [f"the template has more than {MAX_STEPS:,} values"])
        try:
            return self._resolved(value, where)
        finally:
            self._depth -= 1

    def holds(self, condition: Any) -> bool:
        """Whether a named condition is true; the absent condition is."""
        if condition is None:
            return True
        if not isinstance(condition, str) or condition not in self._conditions:
            if self._carried and isinstance(condition, str):
                raise UnknownValueError("Conditions", [f"{condition}: not in the template"])
            raise RefusedDefinition("Conditions", [f"{condition!r}: not defined in the template"])
        return self._truth(self.resolved(self._conditions[condition], f"Conditions.{condition}"))

    def _resolved(self, value: Any, where: str) -> Any:
        if isinstance(value, LoopFault):
            raise value.error
        if isinstance(value, list):
            items = [self.resolved(item, f"{where}[{index}]") for index, item in enumerate(value)]
            return [item for item in items if item is not NO_VALUE]
        if self._carried and isinstance(value, str) and _STORED in value:
            return Undecided(value)
        if not isinstance(value, Mapping):
            return value
        if len(value) == 1:
            (key,) = value
            function = self._functions().get(key)
            if function is not None:
                try:
                    return function(value[key], f"{where}.{key}")
                except (AttributeError, TypeError, ValueError, LookupError) as error:
                    problem = f"{value[key]!r} is no argument of {key} ({error})"
                    raise RefusedDefinition(where, [problem]) from None
            if self._carried and key in _BY_DEPLOYMENT:
                return Undecided(key)
            if isinstance(key, str) and key.startswith("Fn::"):
                raise UnknownValueError(where, [f"{key}: its value is known only to a deployment"])
        inside = {key: self.resolved(item, f"{where}.{key}") for key, item in value.items()}
        return {key: item for key, item in inside.items() if item is not NO_VALUE}

    def _functions(self) -> dict[str, Callable[[Any, str], Any]]:
        return {
            "Ref": self._ref,
            "Condition": lambda name, where: self.holds(name),
            "Fn::GetAtt": self._get_att,
            "Fn::Sub": self._sub,
            "Fn::Join": self._join,
            "Fn::Select": self._select,
            "Fn::Split": self._split,
            "Fn::If": self._if,
            "Fn::FindInMap": self._find_in_map,
            "Fn::ImportValue": self._import_value,
            "Fn::Length": self._length,
            "Fn::ToJsonString": self._to_json_string,
            "Fn::Equals": lambda pair, where: self._pair_equals(pair, where),
            "Fn::Not": lambda args, where: not self._truth(self.resolved(args[0], where)),
            "Fn::And": lambda args, where: all(self._truths(args, where)),
            "Fn::Or": lambda args, where: any(self._truths(args, where)),
        }

    def _ref(self, written: Any, where: str) -> Any:
        name = self._named(written, where)
        parameters = self._parameters
        if self._deployed is not None and parameters.is_stored(name):
            raise UnknownValueError(where, [f"parameter {name} is the path of a stored value"])
        if self._carried and parameters.is_undecided(name, compared=self._compared > 0):
            return Undecided(f"${{{name}}}")
        if name in parameters:
            return parameters[name]
        if parameters.is_declared(name):
            raise UnknownValueError(
                where, [f"parameter {name} has no default and no value is given"]
            )
        if name not in self._names:
            if self._carried and isinstance(name, str):
                return Undecided(name)
            raise RefusedDefinition(where, [f"{name!r}: neither a parameter nor a resource"])
        return self._names.reference(name)

    def _named(self, written: Any, where: str) -> Any:
        """What Ref and GetAtt name, which with AWS::LanguageExtensions a function may make.

        https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/transform-aws-languageextensions.html
        """
        if not isinstance(written, Mapping):
            return written
        name = self.resolved(written, where)
        if isinstance(name, Undecided):
            raise UnknownValueError(where, [f"{name}: known only to a deployment"])
        return name

    def _import_value(self, name: Any, where: str) -> Imported:
        if self._deployed is not None:
            raise UnknownValueError(where, ["the value of another stack's output"])
        return Imported(self.resolved(name, where))

    def _get_att(self, value: Any, where: str) -> str:
        logical_id, attribute = value.split(".", 1) if isinstance(value, str) else value
        logical_id = self._named(logical_id, where)
        attribute = str(self.resolved(attribute, where))
        if logical_id not in self._names:
            if self._carried and isinstance(logical_id, str):
                return Undecided(f"{logical_id}.{attribute}")
            raise RefusedDefinition(where, [f"{logical_id!r}: no such resource"])
        return self._names.attribute(logical_id, attribute, where)

    def _sub(self, value: Any, where: str) -> str:
        text, own = (value, {}) if isinstance(value, str) else value
        own = {name: self.resolved(item, where) for name, item in own.items()}

        length = len(text)
        undecided = _STORED in text

        def replacement(match: re.Match[str]) -> str:
            nonlocal length, undecided
            literal, name = match.groups()
            if literal:
                return f"${{{name}}}"
            name = name.strip()
            self._depth += 1
            try:
                if self._depth > MAX_DEPTH:
                    raise RefusedDefinition(where, [f"circular beyond {MAX_DEPTH} levels"])
                if name in own:
                    found = own[name]
                else:
                    found = self._get_att(name, where) if "." in name else self._ref(name, where)
            finally:
                self._depth -= 1
            undecided = undecided or isinstance(found, Undecided)
            length += len(str(found))
            _check_length(length, where)
            return str(found)

        whole = _SUB.sub(replacement, text)
        return Undecided(whole) if undecided and self._carried else whole

    def _join(self, value: Any, where: str) -> str:
        separator, items = value
        members = self.resolved(items, where)
        if isinstance(members, Undecided):
            return members
        texts = [str(item) for item in members]
        _check_length(sum(map(len, texts)) + len(str(separator)) * len(texts), where)
        whole = str(separator).join(texts)
        undecided = any(isinstance(member, Undecided) for member in members)
        return Undecided(whole) if undecided and self._carried else whole

    def _select(self, value: Any, where: str) -> Any:
        index, items = value
        members = self.resolved(items, where)
        if isinstance(members, Undecided):
            return members
        return members[int(self.resolved(index, where))]

    def _split(self, value: Any, where: str) -> list[str] | Undecided:
        separator, text = value
        whole = self.resolved(text, where)
        return whole if isinstance(whole, Undecided) else str(whole).split(separator)

    def _if(self, value: Any, where: str) -> Any:
        condition, then, otherwise = value
        return self.resolved(then if self.holds(condition) else otherwise, where)

    def _length(self, value: Any, where: str) -> int | Undecided:
        members = self.resolved(value, where)
        return members if isinstance(members, Undecided) else len(_list(members))

    def _to_json_string(self, value: Any, where: str) -> str:
        members = self.resolved(value, where)
        text = json.dumps(members, separators=(",", ":"), default=str)
        _check_length(len(text), where)
        return Undecided(text) if self._carried and has_undecided(members) else text

    def _find_in_map(self, value: Any, where: str) -> Any:
        name, first, second = (self.resolved(part, where) for part in value[:3])
        for key in (name, first, second):
            if isinstance(key, Undecided):
                raise UnknownValueError(where, [f"{key}: known only to a deployment"])
        found = self._mappings.get(name, {}).get(first, {})
        if second in found:
            return found[second]
        if len(value) == 4:
            return self.resolved(value[3]["DefaultValue"], where)
        missing = f"Mappings: no {name}.{first}.{second}"
        if self._carried:  # another account, region or parameter may choose another
            raise UnknownValueError(where, [missing])
        raise RefusedDefinition(where, [missing])

    def _pair_equals(self, pair: Any, where: str) -> bool:
        self._compared += 1
        try:
            first, second = (self.resolved(item, where) for item in pair)
        finally:
            self._compared -= 1
        for member in (first, second):
            if isinstance(member, Undecided):
                raise UnknownValueError(where, [f"{member}: known only to a deployment"])
        # Templates compare the written forms: "true" with true, "1" with 1.
        return _written(first) == _written(second)

    def _truths(self, arguments: Any, where: str) -> list[bool]:
        return [self._truth(self.resolved(argument, where)) for argument in arguments]

    def _truth(self, value: Any) -> bool:
        return _written(value) == "true"


def _check_length(length: int, where: str) -> None:
    if length > MAX_TEXT:
        raise RefusedDefinition(where, [f"a text of more than {MAX_TEXT:,} characters"])


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError("a list is accepted")
    return value


def _object(template: Mapping[str, Any], section: str) -> Mapping[str, Any]:
    """A section of the template; empty where it is absent or no object."""
    value = template.get(section)
    return value if isinstance(value, Mapping) else {}


def _written(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
