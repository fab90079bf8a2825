"""What each function needs for its exceptions to become records, in the words of its tool."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tocsin import names
from tocsin.attach.additions import Addition, Replaced, yaml_lines
from tocsin.attach.found import DRILL_VARIABLE, HANDLER_VARIABLE, TABLE_VARIABLE, FoundFunction
from tocsin.attach.instrumentation import AUTOMATIC, PUT
from tocsin.attach.needs import Need, need_of
from tocsin.attach.offer import LAYER_OUTPUT, Offer
from tocsin.attach.refresh import Looked
from tocsin.escaping import visible
from tocsin.typed_command import typed

_DRILL_DATA = "data.aws_secretsmanager_secret_version.drill.secret_string"


@dataclass(frozen=True)
class Snippet:
    """Lines for one stack's functions; ``addition`` is what they are, where that is YAML."""

    tool: str
    declaration: Path | None
    lines: tuple[str, ...]
    addition: Addition
    needs: tuple[Need, ...]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


def snippets(looked: Looked, offer: Offer, *, drill: bool, literal: bool) -> Iterator[Snippet]:
    """A snippet for each stack of an entry that lacks something.

    ``drill`` adds the variable by which the drill may call them, ``literal`` the layer's ARN where
    a reference would be followed.
    """
    known = {function.id: function for function in looked.functions}
    for stack in looked.stacks:
        needs = []
        for function in stack.functions:
            attached = known.get(function.id) or known.get(f"{stack.name}/{function.id}")
            if attached is not None and attached in looked.watched:
                needs.append(need_of(looked, function, attached, offer, drill))
        wanted = tuple(need for need in needs if need.anything)
        if not wanted:
            continue
        whole = len(needs) == len(stack.functions) and _alike(wanted, stack.functions)
        addition: Addition = {}
        if stack.tool == "serverless":
            addition = _serverless(wanted, offer, whole, literal)
        elif stack.tool == "sam":
            addition = _sam(wanted, offer, whole)
        lines = (*_lines(stack.tool, wanted, addition, offer), *_remarks(wanted, offer))
        yield Snippet(stack.tool, stack.declaration, lines, addition, wanted)


def _lines(tool: str, needs: Sequence[Need], addition: Addition, offer: Offer) -> Iterator[str]:
    if tool == "cdk":
        return _cdk(needs, offer)
    if tool == "terraform":
        return _terraform(needs, offer)
    return yaml_lines(_cloudformation(needs, offer) if tool == "cloudformation" else addition)


def _alike(needs: Sequence[Need], functions: Sequence[FoundFunction]) -> bool:
    """Whether what all functions have in common can be given to all at once."""
    return (
        len(needs) == len(functions)
        and all(need.layer and need.function.layers == functions[0].layers for need in needs)
        and all(TABLE_VARIABLE in need.variables for need in needs)
    )


def _common(needs: Sequence[Need]) -> dict[str, str]:
    """The variables that are the same for all: a handler is not."""
    return {key: value for key, value in needs[0].variables.items() if key != HANDLER_VARIABLE}


def _serverless(needs: Sequence[Need], offer: Offer, whole: bool, literal: bool) -> Addition:
    """https://www.serverless.com/framework/docs/providers/aws/guide/serverless.yml"""
    stage = offer.stage
    # One file is for all stages where these are called as ours.
    by_stage = stage.suffix == stage.name and not literal
    suffix = "${sls:stage}" if by_stage else stage.suffix
    layer = offer.layer_arn
    if by_stage:
        layer = f"${{cf:{names.stack(stage.service, suffix)}.{LAYER_OUTPUT}}}"
    texts = {TABLE_VARIABLE: names.table(suffix), DRILL_VARIABLE: offer.drill_key}
    if by_stage:
        key = names.drill_key(suffix)
        texts[DRILL_VARIABLE] = f"{{{{resolve:secretsmanager:{key}:SecretString}}}}"
    provider: dict[str, Any] = {}
    functions: dict[str, Any] = {}
    if whole:
        provider |= {"layers": [layer], "environment": _texts(_common(needs), texts)}
    for need in needs:
        entry: dict[str, Any] = {}
        variables = {
            key: value
            for key, value in need.variables.items()
            if not whole or key == HANDLER_VARIABLE
        }
        if need.handler:
            entry["handler"] = Replaced(AUTOMATIC)
        if need.layer and not whole:
            entry["layers"] = [layer]
        if variables:
            entry["environment"] = _texts(variables, texts)
        if entry:
            functions[need.function.label] = entry
    if any(need.permission and not need.elsewhere for need in needs):
        statement = offer.statement_of_template(names.table(suffix))
        provider["iam"] = {"role": {"statements": [statement]}}
    return {
        key: value for key, value in (("provider", provider), ("functions", functions)) if value
    }


def _texts(variables: dict[str, str], texts: dict[str, str]) -> dict[str, str]:
    return {key: texts.get(key, value) for key, value in variables.items()}


def _sam(needs: Sequence[Need], offer: Offer, whole: bool) -> Addition:
    """https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-function.html"""
    added: dict[str, Any] = {}
    if whole:
        shared = {"Layers": [offer.layer_arn], "Environment": {"Variables": _common(needs)}}
        added["Globals"] = {"Function": shared}
    resources: dict[str, Any] = {}
    for need in needs:
        properties: dict[str, Any] = {}
        variables = {
            key: value
            for key, value in need.variables.items()
            if not whole or key == HANDLER_VARIABLE
        }
        if need.handler:
            properties["Handler"] = Replaced(AUTOMATIC)
        if need.layer and not whole:
            properties["Layers"] = [offer.layer_arn]
        if variables:
            properties["Environment"] = {"Variables": variables}
        if need.permission and not need.elsewhere:
            properties["Policies"] = [{"Statement": [offer.statement_of_template()]}]
        if properties:
            resources[need.function.id] = {"Properties": properties}
    return {**added, **({"Resources": resources} if resources else {})}


def _cloudformation(needs: Sequence[Need], offer: Offer) -> Addition:
    resources: dict[str, Any] = {}
    for need in needs:
        properties: dict[str, Any] = {}
        if need.handler:
            properties["Handler"] = AUTOMATIC
        if need.layer:
            properties["Layers"] = [offer.layer_arn]
        if need.variables:
            properties["Environment"] = {"Variables": need.variables}
        if properties:
            resources[need.function.id] = {"Properties": properties}
    return {"Resources": resources}


def _cdk(needs: Sequence[Need], offer: Offer) -> Iterator[str]:
    """https://docs.aws.amazon.com/cdk/api/v2/python/aws_cdk.aws_lambda/Function.html"""
    yield "from aws_cdk import aws_iam, aws_lambda"
    yield ""
    yield "errorlog = aws_lambda.LayerVersion.from_layer_version_arn("
    yield f'    self, "Errorlog", {json.dumps(offer.layer_arn)}'
    yield ")"
    for need in needs:
        yield f"# {visible(need.function.label)}, as the construct `function`:"
        if need.layer:
            yield "function.add_layers(errorlog)"
        for key, value in need.variables.items():
            if key == DRILL_VARIABLE:
                value = offer.drill_key
            yield f"function.add_environment({json.dumps(key)}, {json.dumps(value)})"
        if need.permission:
            yield "function.add_to_role_policy(aws_iam.PolicyStatement("
            yield f"    actions=[{json.dumps(PUT)}], resources=[{json.dumps(offer.table_arn)}]"
            yield "))"
        if need.handler:
            yield f"# in its constructor: handler={json.dumps(AUTOMATIC)}"


def _terraform(needs: Sequence[Need], offer: Offer) -> Iterator[str]:
    """https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/lambda_function"""
    for number, need in enumerate(needs):
        yield f"# In {visible(need.function.id)}, beside what it has:"
        if need.handler:
            yield f"  handler = {json.dumps(AUTOMATIC)}"
        if need.layer:
            yield f"  layers = [{json.dumps(offer.layer_arn)}]"
        if need.variables:
            yield "  environment {"
            yield "    variables = {"
            for key, value in need.variables.items():
                written = _DRILL_DATA if key == DRILL_VARIABLE else json.dumps(value)
                yield f"      {key} = {written}"
            yield "    }"
            yield "  }"
        if need.permission:
            yield "# For its role:"
            yield f'resource "aws_iam_role_policy" "errorlog_{number}" {{'
            yield "  role   = ROLE"
            yield f"  policy = jsonencode({json.dumps(_policy(offer))})"
            yield "}"
    if any(DRILL_VARIABLE in need.variables for need in needs):
        secret = names.drill_key(offer.stage.suffix)
        yield 'data "aws_secretsmanager_secret_version" "drill" {'
        yield f"  secret_id = {json.dumps(secret)}"
        yield "}"


def _policy(offer: Offer) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [offer.statement]}


def _remarks(needs: Sequence[Need], offer: Offer) -> Iterator[str]:
    """What no line of a template says."""
    if not offer.layer and any(need.layer for need in needs):
        deploy = typed(f"deploy --stage {offer.stage.name}")
        yield (f"# The layer is not deployed yet: `{deploy}` first, then this again has its ARN.")
    elsewhere = [need.function.label for need in needs if need.permission and need.elsewhere]
    if elsewhere:
        yield f"# The role of {_few(elsewhere)} is elsewhere and needs there:"
        yield f"# {json.dumps(offer.statement)}"
    if hidden := [need.function.label for need in needs if need.hidden]:
        yield (
            f"# {_few(hidden)}: PYTHONPATH is set, so that Lambda finds no layer. Add /opt/python "
            "to it, then this again has the lines."
        )
    bare = [need for need in needs if need.decorator]
    if bare:
        yield "# In their code, where it is not there yet, `import errorlog` and"
        yield "# @errorlog.record_errors above:"
        for need in bare:
            yield f"#   {visible(need.function.label)}: {visible(need.function.handler)}"
        yield "# or `zeroCode: true` for a function in monitoring.yml, and this again."


def _few(labels: Sequence[str]) -> str:
    shown = ", ".join(visible(label) for label in labels[:5])
    return shown if len(labels) <= 5 else f"{shown} and {len(labels) - 5} more"
