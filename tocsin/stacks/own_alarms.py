"""The alarms of a stack that are on no single function: the monitoring itself, and its APIs."""

from tocsin.alarms import AlarmDefinition
from tocsin.alarms.apis import Api
from tocsin.config import Stage
from tocsin.stacks.self_monitoring import self_monitoring
from tocsin.stacks.stack import Stack, stacks_of


def own_alarms(stack: Stack) -> tuple[AlarmDefinition, ...]:
    """Those that ``stack`` deploys."""
    stage = stack.stage
    return (
        *(self_monitoring(stage) if stack.is_main else ()),
        *(
            alarm
            for api in apis(stack)
            for alarm in api.alarms(stage.api_settings, stage.suffix, stage.name)
        ),
    )


def own_alarms_of(stage: Stage) -> tuple[AlarmDefinition, ...]:
    """Those of all stacks of ``stage``."""
    return tuple(alarm for stack in stacks_of(stage) for alarm in own_alarms(stack))


def apis(stack: Stack) -> tuple[Api, ...]:
    """The APIs that osls makes of its functions' events, one of a sort for the whole stack."""
    types = {type_ for function in stack.functions for event in function.events for type_ in event}
    found = []
    if "httpApi" in types:
        found.append(Api(_key("http-api", stack), "5xx", {"ApiId": "${HttpApi}"}))
    if "http" in types:
        name = f"{stack.stage.suffix}-{stack.service}"
        found.append(Api(_key("rest-api", stack), "5XXError", {"ApiName": name}))
    return tuple(found)


def _key(sort: str, stack: Stack) -> str:
    return f"{sort}-{stack.part}" if stack.part else sort
