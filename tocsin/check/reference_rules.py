"""No reference leads nowhere: CloudFormation refuses the whole template for one."""

from collections.abc import Iterator

from tocsin.cloudformation.template import Template
from tocsin.findings import Finding, Severity
from tocsin.packaging.waiting_values import STAND_IN
from tocsin.stacks import Stack


def dangling(stack: Stack, template: Template) -> Iterator[Finding]:
    """A finding for each reference of one stack's template to what that stack does not have."""
    for name, target in template.dangling():
        if target.startswith(STAND_IN):  # a role by ${cf:...}: osls takes a text for an id
            continue
        message = f"refers to {target}, which is not in the stack {stack.name}"
        yield Finding(Severity.ERROR, "references", name, message)
