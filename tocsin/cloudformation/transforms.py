"""A template as CloudFormation sees it once its transforms have run: loops, and SAM's resources."""

from collections.abc import Mapping
from typing import Any

from tocsin.cloudformation import loops, sam
from tocsin.cloudformation.template import Template
from tocsin.cloudformation.undeployed import undeployed


def written_out(
    template: Mapping[str, Any], parameters: Mapping[str, Any] | None = None
) -> Template:
    """``template`` with ``Fn::ForEach`` unrolled and SAM's resources as CloudFormation's.

    A template without either is returned as it is. Other macros are not known here.
    """
    template = Template.of(template)
    document = template.document
    if loops.has_loops(document):
        resolver = undeployed(document, parameters, carried=False)
        document = loops.unrolled(document, resolver.resolved).document
    if sam.is_sam(document):
        document = sam.transformed(document)
    return template if document is template.document else Template(document)
