"""SAM's functions as CloudFormation has them: ``Globals`` laid below each function's properties.

https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-template-anatomy-globals.html
"""

from collections.abc import Mapping
from typing import Any

from tocsin.attach.known_values import is_function

TYPE = "AWS::Serverless::Function"
TRANSFORM = "AWS::Serverless-2016-10-31"
_LEFT_OUT = "IgnoreGlobals"


def is_sam(template: Mapping[str, Any]) -> bool:
    transform = template.get("Transform")
    return TRANSFORM in (transform if isinstance(transform, list) else [transform])


def properties_of(template: Mapping[str, Any], resource: Mapping[str, Any]) -> dict[str, Any]:
    """The properties of one function of ``template``, with what all its functions have."""
    own = resource.get("Properties")
    own = dict(own) if isinstance(own, Mapping) else {}
    globals_ = template.get("Globals")
    common = globals_.get("Function") if isinstance(globals_, Mapping) else None
    ignored = resource.get(_LEFT_OUT)
    if not isinstance(common, Mapping) or ignored == "*":
        return own
    left_out = ignored if isinstance(ignored, list) else []
    kept = {str(key): common[key] for key in common if key not in left_out}
    return {**kept, **{key: _merged(kept.get(key), own[key]) for key in own}}


def _merged(common: Any, own: Any) -> Any:
    """Texts and numbers are replaced, mappings merged, lists continued."""
    if isinstance(common, Mapping) and isinstance(own, Mapping):
        if is_function(common) or is_function(own):
            return own
        return {
            **common,
            **{key: _merged(common[key], own[key]) if key in common else own[key] for key in own},
        }
    if isinstance(common, list) and isinstance(own, list):
        return [*common, *own]
    return own
