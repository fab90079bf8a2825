"""Every name of ministack that this package touches, and what it must look like."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Contact:
    """One name: where it is, its parameters (None: not a function), and what we need it for."""

    module: str
    name: str
    parameters: str | None
    purpose: str


_LAMBDA = "ministack.services.lambda_svc"
_RUNTIME = "ministack.core.lambda_runtime"
_LOGS = "ministack.services.cloudwatch_logs"
_STACKS = "ministack.services.cloudformation.provisioners"

CONTACTS = (
    Contact("ministack.app", "app", "scope receive send", "the ASGI application we serve"),
    Contact("ministack.app", "AUTH", None, "whether IAM is enforced"),
    Contact(
        "ministack.app",
        "_credential_failure",
        "service iam_action request_id denied headers",
        "a refusal in a service's own spelling",
    ),
    Contact(
        "ministack.app",
        "_routing_params",
        "method path headers body query_params",
        "what of a form's fields chooses the service",
    ),
    Contact(
        "ministack.core.router",
        "detect_service",
        "method path headers query_params",
        "which service spells it",
    ),
    Contact("ministack.core.iam_evaluator", "AuthError", "code message details", "what is refused"),
    Contact(
        "ministack.core.responses",
        "error_response_json",
        "code message status extra message_key content_type",
        "errors of CloudWatch Logs",
    ),
    Contact(
        "ministack.core.responses",
        "json_response",
        "data status content_type",
        "answers of CloudWatch Logs",
    ),
    Contact(
        "ministack.core.iam_evaluator",
        "resolve_credential",
        "access_key_id account_id session_token",
        "the secrets of keys that its IAM and STS gave out",
    ),
    Contact(
        "ministack.core.iam_evaluator",
        "CredentialResolutionError",
        "code message",
        "that there is no such key",
    ),
    Contact(
        "ministack.core.iam_evaluator", "AmbiguousAccessKeyError", None, "that a key has two owners"
    ),
    Contact(
        "ministack.core.iam_evaluator",
        "find_iam_access_key_account",
        "access_key_id",
        "the account of a user's key",
    ),
    Contact(
        "ministack.core.responses",
        "_account_from_sts_session",
        "access_key_id",
        "the account of a session's key",
    ),
    Contact(
        "ministack.core.iam_evaluator",
        "is_root_access_key",
        "access_key_id",
        "keys that it takes for root's, and we do not",
    ),
    Contact(
        "ministack.core.iam_actions",
        "extract_resource_arn",
        "service method path headers body query_params region account_id",
        "what a log write is checked against",
    ),
    Contact("ministack.core.responses", "get_account_id", "", "the account of a request"),
    Contact("ministack.core.responses", "get_region", "", "the region of a request"),
    Contact(
        "ministack.core.responses", "request_scope", "account_id region", "acting for an account"
    ),
    Contact(_RUNTIME, "Worker", "func_name config code_zip", "the pool's idea of a worker"),
    Contact(_RUNTIME, "_worker_class_for", "config", "which worker runs a function"),
    Contact(
        _RUNTIME,
        "acquire_worker",
        "func_name config code_zip qualifier max_concurrency",
        "leasing an execution environment",
    ),
    Contact(_RUNTIME, "release_worker", "worker", "giving it back"),
    Contact(_RUNTIME, "execution_credentials", "config", "the execution role's session"),
    Contact(_LAMBDA, "execution_credentials", "config", "the same, for other runtimes' functions"),
    Contact(
        _LAMBDA,
        "_execute_function_dispatch",
        "func config event request_id started",
        "one accounted invocation",
    ),
    Contact(_LAMBDA, "_acquire_execution_slot", "func config", "where a call is throttled"),
    Contact(
        _LAMBDA,
        "_emit_lambda_metrics",
        "function_name duration_ms error throttle",
        "its own counting, which we replace",
    ),
    Contact(_LAMBDA, "_resolve_layer_zip", "attachment", "a layer's archive"),
    Contact(_LAMBDA, "_xray_trace_id_for_invocation", "config inbound_trace_header", "tracing"),
    Contact(_LAMBDA, "_get_func_record_for_ref", "function_ref", "a function as an alarm action"),
    Contact(
        _LAMBDA, "_execution_record_for_config", "func config", "a function as an alarm action"
    ),
    Contact(_LAMBDA, "invoke_async_with_retry", "func event", "calling a function asynchronously"),
    Contact(_LAMBDA, "_execute_function", "func event", "one try of such a call"),
    Contact(
        "ministack.services.sns",
        "publish_internal",
        "topic_arn message subject message_structure message_attributes message_group_id "
        "message_deduplication_id",
        "publishing an alarm's notification",
    ),
    Contact(
        "ministack.services.sns",
        "topic_policy_allows",
        "topic_arn service source_arn source_account",
        "whether the topic lets CloudWatch publish",
    ),
    Contact(
        "ministack.services.sns", "_topic_by_arn_any_scope", "topic_arn", "which key a topic has"
    ),
    Contact("ministack.services.sns", "_topics", None, "the key of a template's topic"),
    Contact(
        "ministack.services.sns",
        "_deliver_to_lambda",
        "endpoint envelope topic_arn sub_arn msg_id raw_message message_attributes",
        "calling a subscribed function, which we replace",
    ),
    Contact(
        "ministack.services.sns",
        "_fanout",
        "topic_arn msg_id message subject message_structure message_attributes message_group_id "
        "message_dedup_id",
        "delivering to all subscriptions, around which mail is kept",
    ),
    Contact(
        "ministack.services.sns",
        "_resolve_message_for_protocol",
        "message message_structure protocol",
        "the text of a mail",
    ),
    Contact(
        "ministack.services.sns",
        "_matches_filter_policy",
        "sub message_attributes message",
        "whether a mail is sent",
    ),
    Contact("ministack.services.sns", "_error", "code message status", "an error of SNS"),
    Contact("ministack.services.sns", "_sub_arn_to_topic", None, "which subscriptions there are"),
    Contact("ministack.services.sns", "_platform_endpoints", None, "which endpoints there are"),
    Contact(
        "ministack.services.sns",
        "handle_request",
        "method path headers body query_params",
        "requests of SNS, of which some are refused before",
    ),
    Contact("ministack.services.kms", "_resolve_key", "key_id_or_arn", "a topic's key"),
    Contact("ministack.services.kms", "_check_key_state", "rec", "whether a key can be used"),
    Contact(
        "ministack.core.iam_evaluator",
        "evaluate_resource_policy",
        "doc ctx service named_only direct_only",
        "whether a key lets CloudWatch use it",
    ),
    Contact(
        "ministack.core.iam_evaluator",
        "EvalContext",
        "principal_arn principal_type principal_account action resource_arn region source_ip "
        "secure_transport request_tags tag_keys service_context principal_keys",
        "who asks a key's policy",
    ),
    Contact(
        "ministack.services.eventbridge",
        "_put_events",
        "data allow_aws_source",
        "an alarm's state change event",
    ),
    Contact(
        _LOGS,
        "_fanout_to_subscription_filters",
        "group_name stream_name events",
        "delivering log subscriptions, which we replace",
    ),
    Contact("ministack.services.dynamodb", "_ttl_settings", None, "a template's time to live"),
    Contact(
        "ministack.services.dynamodb", "_pitr_settings", None, "a template's continuous backups"
    ),
    Contact(
        "ministack.services.dynamodb",
        "_export_table_to_point_in_time",
        "data",
        "exports of a table, which we make",
    ),
    Contact("ministack.services.dynamodb", "_exports", None, "the exports that were begun"),
    Contact("ministack.services.dynamodb", "_tables", None, "the items that are exported"),
    Contact("ministack.services.dynamodb", "_lock", None, "reading them while others write"),
    Contact(
        "ministack.services.s3",
        "_put_object",
        "bucket_name key body headers",
        "the files of an export",
    ),
    Contact(_LOGS, "_log_groups", None, "the subscriptions of a log group"),
    Contact(_LOGS, "_metric_filters", None, "the metric filters of a log group"),
    Contact(
        _LOGS, "handle_request", "method path headers body query_params", "requests we check first"
    ),
    Contact(_LOGS, "_compile_filter_pattern", "raw", "reading patterns, which we replace"),
    Contact(_LOGS, "_put_subscription_filter", "data", "subscriptions that AWS refuses"),
    Contact(_LOGS, "_put_metric_filter", "data", "metric filters that AWS refuses"),
    Contact(
        _LAMBDA,
        "_functions",
        None,
        "setting a template's reserved concurrency; finding a subscribed function",
    ),
    Contact(
        _LAMBDA,
        "invalidate_worker",
        "func_name qualifier account region",
        "ending the processes of a removed function",
    ),
    Contact(
        _LAMBDA, "_create_function_url_config", "func_name data qualifier", "a Function URL's host"
    ),
    Contact(_LAMBDA, "_function_url_id", "function_url", "which Function URL is asked"),
    Contact(_LAMBDA, "_function_urls", None, "what is said of a Function URL"),
    Contact(_LAMBDA, "_url_config_key", "func_name qualifier", "which of them it is"),
    Contact(_LAMBDA, "resolve_function_url", "url_id", "whether there is such a Function URL"),
    Contact(_LAMBDA, "_presigned_code_url", "func_name", "where code can be had"),
    Contact(_LAMBDA, "_layer_content_url", "layer_name version", "where a layer can be had"),
    Contact("ministack.services.apigateway", "_create_api", "data", "an API's host"),
    Contact("ministack.services.apigateway", "_apis", None, "what is said of an API"),
    Contact("ministack.services.apigateway", "find_api_scope", "api_id", "whether there is one"),
    Contact("ministack.services.apigateway_v1", "find_api_scope", "api_id", "whether there is one"),
    Contact(
        "ministack.services.cloudformation.engine",
        "_resolve_refs",
        "value resources params conditions mappings stack_name stack_id",
        "hosts of APIs that a template puts together",
    ),
    Contact(
        "ministack.services.cloudformation.stacks",
        "_resolve_refs",
        "value resources params conditions mappings stack_name stack_id",
        "the same, in its outputs",
    ),
    Contact(_STACKS, "_RESOURCE_HANDLERS", None, "CloudFormation's resource types"),
    Contact(_STACKS, "_STACK_TAG_PROPERTY", None, "which resource types take a stack's tags"),
    Contact(
        _STACKS,
        "_physical_name",
        "stack_name logical_id lowercase max_len seeded",
        "names CloudFormation makes up",
    ),
    Contact(
        _STACKS, "_delete_predecessor", "delete_fn args kwargs", "replacing a renamed resource"
    ),
)

OFFERED = frozenset(
    {
        "cloudformation_delete_metric_alarm",
        "cloudformation_put_metric_alarm",
        "first_alarm_time",
        "record_metric",
    }
)
"""What other ministack services ask of its cloudwatch module, and ours answers."""

NO_LONGER_ASKED = frozenset(
    {
        "_alarms",
        "cloudformation_delete_dashboard",
        "cloudformation_put_dashboard",
        "cloudformation_set_metric_alarm_tags",
    }
)
"""What only those of its resource handlers ask that ours replace."""
