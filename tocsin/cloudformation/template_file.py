"""A template as its owner wrote it, or as a tool compiled it: JSON, or YAML with short forms.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
"""

import re
from pathlib import Path
from typing import Any

import yaml

from tocsin import documents
from tocsin.exceptions import InputError


class _CloudFormationLoader(documents.SafeLoader):  # type: ignore[misc]
    """YAML with CloudFormation's short forms: ``!Ref x`` is ``{"Ref": "x"}``.

    A key is a text as it is written, an account's number among them, as in JSON.
    """

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        super().flatten_mapping(node)
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode):
                key.tag = "tag:yaml.org,2002:str"


_CloudFormationLoader.add_multi_constructor("!", documents.short_form)

_JSON_OBJECT = re.compile(r"\s*\{\s*\"")


def read_template(path: Path) -> Any:
    """What a JSON or YAML file stands for; whether that is a template is for whoever asks.

    Raises:
        InputError: it cannot be read, is neither, or is beyond the bounds of a document.
    """
    try:
        return template_of_text(documents.read_text(path))
    except OSError as error:
        raise InputError(
            f"{path}: found {error.strerror}; accepted: a JSON or YAML file"
        ) from error
    except documents.DocumentError as error:
        raise InputError(f"{path}:{error.line}: found {error.problem}; accepted: a JSON or YAML "
                         "file") from error  # fmt: skip


def template_of_text(text: str) -> Any:
    """What a text stands for, as JSON or as YAML with CloudFormation's short forms.

    Raises:
        DocumentError: it is neither, or beyond the bounds.
    """
    try:
        return documents.json_value(text)
    except documents.DocumentError:
        if _JSON_OBJECT.match(text):  # told of as JSON: YAML has other words for its faults
            raise
    return documents.yaml_document(text, _CloudFormationLoader)[1]
