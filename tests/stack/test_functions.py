"""Each function as monitoring.yml declares it, with the error log beside it."""

from tests.stack.conftest import Compiled
from tocsin import names


def test_the_functions_of_monitoring_yml_are_deployed_and_only_the_stacks_own_beside_them(
    compiled: Compiled,
) -> None:
    own = {names.function(key, compiled.stage.suffix) for key in names.OWN}
    declared = {function.name for function in compiled.stage.functions}
    assert set(compiled.functions) - own == declared
    assert names.function(names.COLLECTOR, compiled.stage.suffix) in compiled.functions


def test_each_is_configured_as_declared(compiled: Compiled) -> None:
    for function in compiled.stage.functions:
        found = compiled.functions[function.name]
        assert function.name == f"{function.key}-function-{compiled.stage.suffix}"
        assert found["Handler"] == function.handler, function.key
        assert found["Runtime"] == compiled.stage.runtime, function.key
        assert found["Architectures"] == [compiled.stage.architecture], function.key
        assert found["MemorySize"] == function.memory, function.key
        assert found["Timeout"] == function.timeout, function.key
        assert found.get("ReservedConcurrentExecutions") == function.reserved_concurrency
        assert found["Code"]["S3Key"].endswith(f"/{function.key}.zip"), function.key


def test_each_has_the_error_logs_layer_of_its_own_runtime(compiled: Compiled) -> None:
    layers = compiled.of_type("AWS::Lambda::LayerVersion")
    for name, found in compiled.functions.items():
        (layer,) = [layers[layer["Ref"]] for layer in found["Layers"] if layer.get("Ref") in layers]
        assert layer["CompatibleRuntimes"] == [found["Runtime"]], name
        assert layer["CompatibleArchitectures"] == found["Architectures"], name


def test_the_environment_is_this_stages_and_the_functions_own(compiled: Compiled) -> None:
    stage = compiled.stage
    for function in stage.functions:
        variables = compiled.functions[function.name]["Environment"]["Variables"]
        expected = {
            "ERROR_LOG_TABLE": names.table(stage.suffix),
            "ERROR_LOG_TTL_DAYS": str(stage.error_retention_days),
            "STAGE": stage.name,
            "LOG_LEVEL": stage.log_level,
            "POWERTOOLS_SERVICE_NAME": function.key,
            "POWERTOOLS_METRICS_NAMESPACE": stage.service,
        } | function.environment
        assert {name: variables.get(name) for name in expected} == expected, function.key


def test_each_logs_to_a_group_with_a_retention_which_reaches_the_collector(
    compiled: Compiled,
) -> None:
    collector, _ = compiled.one(
        "AWS::Lambda::Function",
        FunctionName=names.function(names.COLLECTOR, compiled.stage.suffix),
    )
    filters = compiled.of_type("AWS::Logs::SubscriptionFilter").values()
    for function in compiled.stage.functions:
        logical_id, group = compiled.one("AWS::Logs::LogGroup", LogGroupName=function.log_group)
        assert group["RetentionInDays"] == compiled.stage.log_retention_days, function.key
        (subscription,) = [
            subscription
            for subscription in filters
            if subscription["LogGroupName"] == {"Ref": logical_id}
        ]
        assert subscription["DestinationArn"] == {"Fn::GetAtt": [collector, "Arn"]}, function.key


def test_what_calls_it_is_declared_and_nothing_of_a_function_without_events(
    compiled: Compiled,
) -> None:
    """Each source leads to the function by its logical id; how, is osls's matter."""
    by_name = {
        properties["FunctionName"]: logical_id
        for logical_id, properties in compiled.of_type("AWS::Lambda::Function").items()
    }
    callers = ("AWS::Lambda::EventSourceMapping", "AWS::Events::Rule", "AWS::Scheduler::Schedule")
    for function in compiled.stage.functions:
        own = by_name[function.name]
        sources = [
            logical_id
            for kind in callers
            for logical_id, properties in compiled.of_type(kind).items()
            if f"'{own}'" in str(properties)
        ]
        if not function.events:
            assert sources == [], function.key
