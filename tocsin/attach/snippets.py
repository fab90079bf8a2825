"""What each function needs for its exceptions to become records, in the words of its tool."""

import contextlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tocsin import names
from tocsin.attach import serverless_declaration, template_lines
from tocsin.attach.additions import Addition, Replaced, yaml_lines
from tocsin.attach.blocks import OWN_HANDLER, Block, blocks, head
from tocsin.attach.found import (
    DRILL_VARIABLE,
    HANDLER_VARIABLE,
    TABLE_VARIABLE,
    FoundFunction,
    FoundStack,
)
from tocsin.attach.instrumentation import AUTOMATIC
from tocsin.attach.managed_policies import PUT
from tocsin.attach.needs import Need, need_of
from tocsin.attach.offer import LAYER_OUTPUT, Offer
from tocsin.attach.refresh import Looked
from tocsin.attach.yaml_edit import NotEditable
from tocsin.documents import DocumentError
from tocsin.escaping import visible
from tocsin.typed_command import typed

# The one that provider.iam is about, of all functions that name no other.
_ROLE_OF_OSLS = "IamRoleLambdaExecution"
_DRILL_DATA = "data.aws_secretsmanager_secret_version.drill.secret_string"


@dataclass(frozen=True)
class Snippet:
    """Lines for one stack's functions; ``addition`` is what they are, where that is YAML."""

    tool: str
    declaration: Path | None
    lines: tuple[str, ...]
    addition: Addition
    needs: tuple[Need, ...]
    by_hand: str = ""
    """Why nobody but a person can put the lines there; empty where a program can."""

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
        if stack.tool == "serverless":
            whole = len(needs) == len(stack.functions) and _alike(wanted, stack.functions)
            addition, repeated = _in_file(stack, _serverless(wanted, offer, whole, literal))
            lines = (*yaml_lines(addition), *repeated, *_remarks(wanted, offer))
            yield Snippet(stack.tool, stack.declaration, lines, addition, wanted)
        elif stack.tool in ("sam", "cloudformation"):
            yield from _of_templates(stack, wanted, offer)
        else:
            if stack.tool == "cdk":
                lines = (*_cdk(wanted, offer), *_remarks(wanted, offer))
            else:
                together = list(blocks(wanted, stack.functions))
                lines = (*_terraform(together, offer), *_remarks(
                    [block.need for block in together], offer
                ))  # fmt: skip
            yield Snippet(stack.tool, stack.declaration, lines, {}, wanted)


def _in_file(stack: FoundStack, addition: Addition) -> tuple[Addition, list[str]]:
    """``addition`` as the stack's own file takes it, and what is to be known where that is not."""
    with contextlib.suppress(OSError, NotEditable, DocumentError):
        if stack.declaration is not None:
            text = serverless_declaration.text_of(stack.declaration)
            return serverless_declaration.of_file(text, addition), []
    common = [
        function.label
        for function in stack.functions
        if function.layers
        and not function.own_layers
        and "layers" in addition.get("functions", {}).get(function.label, {})
    ]
    said = "layers of its own take the place of provider.layers: repeat those in its list"
    return addition, [f"# {_few(common)}: {said}"] if common else []


def _of_templates(stack: FoundStack, needs: Sequence[Need], offer: Offer) -> Iterator[Snippet]:
    """One for the stack's template, and one for that of each stack nested in it.

    What is for a loop is a snippet of its own, which nobody but a person can put there.
    """
    for nested in dict.fromkeys(need.function.nested_in for need in needs):
        inside = [need for need in needs if need.function.nested_in == nested]
        functions = [function for function in stack.functions if function.nested_in == nested]
        reached = all(function.is_sam for function in functions)
        whole = reached and _alike(inside, functions)
        own = [need for need in inside if not need.function.made_by]
        addition = template_lines.addition(own, offer, _common(inside) if whole else None)
        above = [f"# In the template of the nested stack {visible(nested)}:"] if nested else []
        # Of a nested stack, or a template without SAM, nobody knows what it was made from.
        written = stack.tool == "sam" and not nested
        file = stack.declaration if written else None
        if addition or own:
            lines = (*above, *yaml_lines(addition), *_remarks(own, offer))
            yield Snippet(stack.tool, file, lines, addition if written else {}, tuple(own))
        looped = [need for need in inside if need.function.made_by]
        for block in blocks(looped, functions):
            entries = tuple(template_lines.loop(block, offer, whole))
            remarks = _remarks([block.need], offer, block.remarks)
            place = f"{block.place} is made by a loop" if entries else ""
            lines = (*above, *entries, *remarks)
            yield Snippet(stack.tool, file, lines, {}, (block.need,), by_hand=place)


def _alike(needs: Sequence[Need], functions: Sequence[FoundFunction]) -> bool:
    """Whether what all functions have in common can be given to all at once."""
    return (
        len(needs) == len(functions)
        and all(need.layer and not need.function.own_layers for need in needs)
        and all(function.layers == functions[0].layers for function in functions)
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
    roles = {need.function.role for need in needs if need.permission and not need.elsewhere}
    statement = offer.statement_of_template(names.table(suffix))
    if _ROLE_OF_OSLS in roles:
        provider["iam"] = {"role": {"statements": [statement]}}
    policies = {
        f"{role}Errorlog": template_lines.policy_of(role, statement)
        for role in sorted(roles - {_ROLE_OF_OSLS})
    }
    resources = {"Resources": policies} if policies else {}
    parts = {"provider": provider, "functions": functions, "resources": resources}
    return {key: value for key, value in parts.items() if value}


def _texts(variables: dict[str, str], texts: dict[str, str]) -> dict[str, str]:
    return {key: texts.get(key, value) for key, value in variables.items()}


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


def _terraform(written: Sequence[Block], offer: Offer) -> Iterator[str]:
    """https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/lambda_function"""
    for number, block in enumerate(written):
        need = block.need
        yield f"# In {head(block)}, beside what it has:"
        for remark in block.remarks:
            yield f"# {remark}"
        if need.handler:
            yield f"  handler = {json.dumps(AUTOMATIC)}"
        if need.layer:
            yield f"  layers = [{json.dumps(offer.layer_arn)}]"
        if need.variables:
            yield "  environment {"
            yield "    variables = {"
            for key, value in need.variables.items():
                plain = value == OWN_HANDLER
                shown = _DRILL_DATA if key == DRILL_VARIABLE else json.dumps(value)
                yield f"      {key} = {value if plain else shown}"
            yield "    }"
            yield "  }"
        if need.permission:
            yield "# For its role:"
            yield f'resource "aws_iam_role_policy" "errorlog_{number}" {{'
            yield "  role   = ROLE"
            yield f"  policy = jsonencode({json.dumps(_policy(offer))})"
            yield "}"
    if any(DRILL_VARIABLE in block.need.variables for block in written):
        secret = names.drill_key(offer.stage.suffix)
        yield 'data "aws_secretsmanager_secret_version" "drill" {'
        yield f"  secret_id = {json.dumps(secret)}"
        yield "}"


def _policy(offer: Offer) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [offer.statement]}


def _remarks(needs: Sequence[Need], offer: Offer, more: Sequence[str] = ()) -> Iterator[str]:
    """What no line of a template says; ``more`` is said first."""
    yield from (f"# {remark}" for remark in more)
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
