"""What a schema of osls accepts, in words."""

import difflib
import json
from typing import Any

from jsonschema.exceptions import ValidationError

Schema = dict[str, Any]

_WORDS = {
    "awsArn": "an ARN, or a CloudFormation function",
    "awsArnString": "an ARN",
    "awsCfArrayInstruction": "a list, or Fn::Split",
    "awsCfFunction": "a CloudFormation function such as Ref or Fn::GetAtt",
    "awsCfInstruction": "text, or a CloudFormation function such as Ref or Fn::GetAtt",
    "awsKmsArn": "the ARN of a KMS key, or a CloudFormation function",
    "awsLambdaRole": "an ARN, the logical id of a role, Fn::GetAtt, Fn::Sub or Fn::ImportValue",
    "awsS3BucketName": "the name of an S3 bucket",
    "ecrImageUri": "the URI of an image in ECR",
}
_TYPES = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping",
    "null": "null",
}


def types_of(schema: Any) -> list[str]:
    wanted = schema.get("type", []) if isinstance(schema, dict) else []
    return [wanted] if isinstance(wanted, str) else list(wanted)


def known_words(name: str, known: list[str]) -> str:
    """The keys that are known, and which of them ``name`` is nearest to."""
    close = difflib.get_close_matches(name, known, n=1)
    return f"{', '.join(known)}{f' (did you mean {close[0]}?)' if close else ''}"


def shown(value: Any) -> str:
    """A value as a problem shows it: short."""
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def accepted(error: ValidationError, schema: Schema) -> str:
    limit: Any = error.validator_value
    match error.validator:
        case "minimum":
            return f"at least {limit:,}"
        case "maximum":
            return f"at most {limit:,}"
        case "minLength":
            return f"at least {limit} character" + ("s" if limit > 1 else "")
        case "maxLength":
            return f"at most {limit:,} characters"
        case "minItems":
            return f"a list of at least {limit}"
        case "maxItems":
            return f"a list of at most {limit}"
        case "uniqueItems":
            return "a list without a value twice"
        case "maxProperties":
            return f"at most {limit} keys"
        case "minProperties":
            return f"at least {limit} key" + ("s" if limit > 1 else "")
        case "anyOf" | "oneOf" if not error.context:
            return f"exactly one of: {words_of({error.validator: limit})}"
    return words_of(schema)


def words_of(schema: Schema) -> str:
    """What a schema accepts."""
    if schema.get("title") in _WORDS:
        return _WORDS[schema["title"]]
    if "const" in schema:
        return json.dumps(schema["const"])
    if "enum" in schema:
        return ", ".join(map(str, schema["enum"]))
    for key in ("anyOf", "oneOf"):
        if key in schema:
            return " or ".join(dict.fromkeys(map(words_of, schema[key])))
    if "regexp" in schema:
        return f"text like {schema['regexp']}"
    if "pattern" in schema:
        return f"text like {schema['pattern']}"
    if schema.get("properties"):
        return f"a mapping with {', '.join(schema['properties'])}"
    return " or ".join(_TYPES.get(name, name) for name in types_of(schema)) or "another value"
