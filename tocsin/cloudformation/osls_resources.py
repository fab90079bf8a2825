"""Resources of a compiled template that osls adds by itself, told by the ids that it gives them.

https://github.com/oss-serverless/osls/blob/4.x/lib/plugins/aws/lib/naming.js
"""

CUSTOM_RESOURCES_ROLE = "IamRoleCustomResourcesLambdaExecution"
"""The role of the functions that osls deploys to subscribe to what is there already."""
_CUSTOM_RESOURCE = "CustomDashresource"
_TOPIC = "SNSTopic"


def is_osls_own(logical_id: str) -> bool:
    """Whether osls made it for its own work: a function that changes what another stack has."""
    return logical_id == CUSTOM_RESOURCES_ROLE or logical_id.startswith(_CUSTOM_RESOURCE)


def is_of_an_event(logical_id: str) -> bool:
    """Whether osls made it because a function's ``events`` name it: a topic."""
    return logical_id.startswith(_TOPIC)
