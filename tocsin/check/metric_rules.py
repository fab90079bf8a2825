"""Alarms on a project's own metrics that the code which emits into their namespace never names.

Read is what the project's own modules say, and none is run. Where a name is made while the
function runs, or another function emits into the namespace whose code is not at hand, nothing is
said: the metric may be one of those.
"""

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tocsin import names
from tocsin.check.own_modules import archived_names, own_file, tree_of
from tocsin.cloudformation.template import Template
from tocsin.cloudwatch import Metric
from tocsin.config import Function, Stage
from tocsin.findings import Finding, Severity
from tocsin.nearest import first_of, nearest
from tocsin.packaging.artifact_paths import build_folder, made_from
from tocsin.scenarios import LoadedAlarms
from tocsin.scenarios.template_context import NAMESPACE_VARIABLE

_RULE = "unknown-metric"
# https://docs.aws.amazon.com/powertools/python/latest/core/metrics/
_ADDS = frozenset({"add_metric", "single_metric"})
_COLD_START_KEYWORD, _COLD_START = "capture_cold_start_metric", "ColdStart"
# Of PutMetricData: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/
_NAME_KEY = "MetricName"
_FEWEST_LETTERS = 3
OF_THE_MONITORING = frozenset(
    {
        "CollectorOverBudget", "CollectorSkippedLines", "ErrorLogFailures", "ErrorLogHealed",
        "ErrorLogLost", "ErrorLogSuppressed", "FailedAnswers", "HandledErrors",
    }
)  # fmt: skip
"""What errorlog and the collector emit into the namespace of the service."""

Pieces = tuple[str, ...]
"""What stands in an f-string around what is put in: ``f"{kind}Count"`` is ``("", "Count")``."""


@dataclass(frozen=True)
class NamedTexts:
    """What the modules of one function say: texts, f-strings, and whether some metric's name is
    neither."""

    texts: frozenset[str]
    f_strings: frozenset[Pieces]
    names_others: bool

    def may_name(self, name: str) -> bool:
        """Whether a metric of this name may be emitted."""
        return (
            self.names_others
            or name in self.texts
            or any(_may_make(pieces, name) for pieces in self.f_strings)
        )


def metrics(
    root: Path, stage: Stage, template: Template, alarms: LoadedAlarms
) -> Iterator[Finding]:
    """A warning for each alarm on a metric that no function of its namespace names."""
    around = alarms.surroundings
    filters = () if around is None else around.log_metrics
    filtered = {(made.namespace, made.name) for made in filters}
    wanted: dict[str, list[tuple[str, Metric]]] = {}
    for alarm in alarms.metric:
        for query in alarm.queries:
            metric = None if query.stat is None else query.stat.metric
            if metric is None or metric.namespace.startswith("AWS/"):
                continue
            ours = metric.name in OF_THE_MONITORING
            if not ours and (metric.namespace, metric.name) not in filtered:
                wanted.setdefault(metric.namespace, []).append((alarm.name, metric))
    if not wanted:
        return
    said = {function.key: named_texts(root, stage, function) for function in stage.functions}
    for namespace, named in wanted.items():
        emitting = _emitting(namespace, stage, said, template)
        known = [texts for key in emitting if (texts := said.get(key)) is not None]
        if not emitting or len(known) < len(emitting):
            continue  # nothing emits there, or something whose code is not at hand
        likely = sorted({name for texts in known for name in texts.texts if _is_name(name)})
        for alarm_name, metric in dict.fromkeys(named):
            if any(texts.may_name(metric.name) for texts in known):
                continue
            near = f"; it has {nearest(metric.name, likely)}" if likely else ""
            message = (
                f"{metric}: the code of {first_of(emitting)}, which emits into this namespace, "
                f"has no such name{near}"
            )
            yield Finding(Severity.WARNING, _RULE, alarm_name, message)


def _emitting(
    namespace: str, stage: Stage, said: dict[str, NamedTexts | None], template: Template
) -> list[str]:
    """What emits into a namespace, by a variable or by a text of its code: keys of functions, and
    the names of those that are in the template alone."""
    keys = {function.name: function.key for function in stage.functions}
    monitoring = {names.function(own, stage.suffix) for own in names.OWN}
    emitting: dict[str, None] = {}
    for logical_id, properties in template.of_type("AWS::Lambda::Function").items():
        name = str(properties.get("FunctionName", logical_id))
        variables = _variables(properties.get("Environment"))
        if variables.get(NAMESPACE_VARIABLE) == namespace and name not in monitoring:
            emitting[keys.get(name, name)] = None
    for key, texts in said.items():
        if texts is not None and namespace in texts.texts:
            emitting[key] = None
    return list(emitting)


def _variables(environment: object) -> dict[str, object]:
    found = environment.get("Variables") if isinstance(environment, dict) else None
    return found if isinstance(found, dict) else {}


def named_texts(root: Path, stage: Stage, function: Function) -> NamedTexts | None:
    """What a function's own modules say; None where they are not at hand or not readable."""
    artifact = made_from(function)
    if artifact is None:
        return None
    inside = frozenset(archived_names(build_folder(root, stage) / artifact))
    trees = []
    for archived in sorted(inside):
        if not archived.endswith(".py"):
            continue
        name = archived.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        found = own_file(function, inside, name)
        if found is None:
            continue
        tree = tree_of(found[0])
        if tree is None:
            return None
        trees.append(tree)
    return texts_of(trees) if trees else None


def texts_of(trees: Sequence[ast.Module]) -> NamedTexts:
    """What several modules say."""
    nodes = [node for tree in trees for node in ast.walk(tree)]
    constants = {target for node in nodes for target in _named_constants(node)}
    texts: set[str] = set()
    f_strings: set[Pieces] = set()
    names_others = False
    for node in nodes:
        match node:
            case ast.Constant(value=str(text)):
                texts.add(text)
            case ast.JoinedStr() if _says_something(pieces := _pieces(node)):
                f_strings.add(pieces)
            case ast.Call(keywords=keywords):
                names_others = names_others or _names_another(node, constants)
                if any(keyword.arg == _COLD_START_KEYWORD for keyword in keywords):
                    texts.add(_COLD_START)
            case ast.Dict(keys=keys, values=values):
                names_others = names_others or any(
                    isinstance(key, ast.Constant)
                    and key.value == _NAME_KEY
                    and not _is_text(value, constants)
                    for key, value in zip(keys, values, strict=True)
                )
    return NamedTexts(frozenset(texts), frozenset(f_strings), names_others)


def _named_constants(node: ast.AST) -> Iterator[str]:
    """The names that a statement of a module or a class gives to a text."""
    if not isinstance(node, ast.Module | ast.ClassDef):
        return
    for statement in node.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=str())):
                yield name
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.Constant(value=str())):
                yield name


def _names_another(call: ast.Call, constants: set[str]) -> bool:
    """Whether a call adds a metric whose name does not stand in the code as a text."""
    called = call.func
    name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
    if name not in _ADDS:
        return False
    given = [keyword.value for keyword in call.keywords if keyword.arg in ("name", None)]
    given += call.args[:1]
    return not given or not all(_is_text(value, constants) for value in given)


def _is_text(node: ast.expr, constants: set[str]) -> bool:
    """Whether a name stands in the code: as a text, an f-string or the name of a constant."""
    match node:
        case ast.Constant(value=str()):
            return True
        case ast.JoinedStr():
            return _says_something(_pieces(node))
        case ast.Name(id=name):
            return name in constants
        case ast.Attribute(value=inner, attr="value"):  # of an enumeration's member
            return _is_text(inner, constants)
        case ast.Attribute(attr=name):
            return name in constants
    return False


def _pieces(node: ast.JoinedStr) -> Pieces:
    pieces = [""]
    for part in node.values:
        if isinstance(part, ast.Constant):
            pieces[-1] += str(part.value)
        else:
            pieces.append("")
    return tuple(pieces)


def _says_something(pieces: Pieces) -> bool:
    """Whether an f-string tells one name from another; ``f"{order_id}"`` may be any text."""
    return len("".join(pieces)) >= _FEWEST_LETTERS


def _may_make(pieces: Pieces, name: str) -> bool:
    """Whether an f-string may make ``name``; each piece is looked for once, from left to right."""
    first, *inner = pieces
    if not inner:
        return name == first
    last = inner.pop()
    if not (name.startswith(first) and name.endswith(last)):
        return False
    at, end = len(first), len(name) - len(last)
    for piece in inner:
        found = name.find(piece, at, end)
        if found < 0:
            return False
        at = found + len(piece)
    return at <= end


def _is_name(text: str) -> bool:
    """Whether a text may be meant as a metric's name, for what is shown as near."""
    return bool(re.fullmatch(r"[A-Za-z][A-Za-z0-9_./-]{2,80}", text))
