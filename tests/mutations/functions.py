"""Functions deployed otherwise than declared."""

from collections.abc import Iterator

from tests.conftest import SHARED
from tests.mutations.edits import Resource, breaks, drop, dropping, everywhere, get, put, setting

FUNCTION = "AWS::Lambda::Function"
VARIABLES = ("Properties", "Environment", "Variables")

breaks(FUNCTION, "handler")(setting("Handler", to="handler.main"))
breaks(FUNCTION, "timeout")(everywhere("Timeout", lambda seconds: seconds // 2))
breaks(FUNCTION, "memory")(everywhere("MemorySize", lambda megabytes: megabytes // 2))
breaks(FUNCTION, "runtime")(setting("Runtime", to="python3.8"))
breaks(FUNCTION, "without the layer")(setting("Layers", to=[]))
breaks(FUNCTION, "another's role", "dev", SHARED)(
    setting("Role", to={"Fn::GetAtt": ["CollectorRole", "Arn"]})
)
breaks(FUNCTION, "a role from elsewhere")(setting("Role", to="arn:aws:iam::999999999999:role/a"))
breaks(FUNCTION, "without the dead letters")(dropping("DeadLetterConfig"))
breaks(FUNCTION, "another code archive")(everywhere("S3Key", lambda key: f"{key}.old"))


@breaks(FUNCTION, "variable dropped")
def variable_dropped(function: Resource) -> Iterator[Resource]:
    for name in get(function, VARIABLES, {}):
        yield drop(function, (*VARIABLES, name))


@breaks(FUNCTION, "variable changed")
def variable_changed(function: Resource) -> Iterator[Resource]:
    for name, value in get(function, VARIABLES, {}).items():
        yield put(function, (*VARIABLES, name), f"{value}0")


@breaks(FUNCTION, "never called")
def never_called(function: Resource) -> Iterator[Resource]:
    yield put(function, ("Properties", "ReservedConcurrentExecutions"), 0)
