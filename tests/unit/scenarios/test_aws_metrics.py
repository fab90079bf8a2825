"""Names that AWS does not report are errors with the nearest name; those that it does are not."""

import pytest

from tocsin.cloudwatch import Metric
from tocsin.findings import Severity
from tocsin.scenarios import alarms_of, prove
from tocsin.scenarios.aws_metrics import aws_metrics, is_slip, unreported

# namespace -> (its usual dimensions; metrics that are not there; dimensions that are not there),
# as people write them.
PLANTED = {
    "AWS/Lambda": ("FunctionName", "Error ErrorCount Invocation Throttle", "Function"),
    "AWS/States": (
        "StateMachineArn",
        "ExecutionsFailedCount ExecutionFailed ExecutionsFail ExecutionTimedOut",
        "StateMachineName StateMachine",
    ),
    "AWS/SQS": (
        "QueueName",
        "ApproximateAgeOfOldestMessages ApproximateNumberOfMessages MessagesVisible",
        "Queue QueueArn",
    ),
    "AWS/SNS": ("TopicName", "NotificationsFailed NumberOfNotificationFailed", "TopicArn Topic"),
    "AWS/ApiGateway": ("ApiName", "5XX 5xxError 4XXErrors Errors Latencies", "RestApiId ApiID"),
    "AWS/ApplicationELB": (
        "LoadBalancer",
        "5XXError HTTPCode_Target_5XX HTTPCode_ELB_5XX UnHealthyHosts Latency",
        "LoadBalancerName TargetGroupArn",
    ),
    "AWS/NetworkELB": ("LoadBalancer", "UnhealthyHostCount TCP_Reset_Count", "LoadBalancerArn"),
    "AWS/ELB": ("LoadBalancerName", "HTTPCode_Backend_5XX_Count TargetResponseTime", "ELBName"),
    "AWS/Events": ("RuleName", "FailedInvocation ThrottledRule", "Rule RuleArn"),
    "AWS/Firehose": (
        "DeliveryStreamName",
        "DeliveryToS3.Failed ThrottledRecord DeliveryToS3Success",
        "StreamName",
    ),
    "AWS/Kinesis": (
        "StreamName",
        "IteratorAge GetRecords.IteratorAgeMs WriteThroughputExceeded",
        "Stream",
    ),
    "AWS/S3": ("BucketName", "4XXErrors 5XXErrors BucketSize", "Bucket"),
    "AWS/RDS": (
        "DBInstanceIdentifier",
        "FreeStorage FreeableMemoryBytes CPUUtilisation DatabaseConnection",
        "DBInstanceId DBInstance",
    ),
    "AWS/EC2": ("InstanceId", "CPUUtilisation StatusCheck MemoryUtilization", "InstanceID"),
    "AWS/ECS": ("ClusterName", "CPUUtilisation MemoryUtilisation CPU", "Cluster Service"),
    "AWS/DynamoDB": (
        "TableName",
        "ThrottledRequest ReadThrottleEvent WriteThrottles SystemError",
        "Table",
    ),
    "AWS/CloudFront": ("DistributionId+Region", "5XXErrorRate 4XXErrorRate", "Distribution"),
    "AWS/ElastiCache": (
        "CacheClusterId",
        "CPUUtilisation Eviction CurrentConnections",
        "ClusterId",
    ),
    "AWS/Cognito": ("UserPool", "SignInThrottle SignUpSuccess", "UserPoolID"),
    "AWS/Backup": ("", "NumberOfBackupJobsFail BackupJobsFailed", "VaultName"),
    "AWS/Route53": ("HealthCheckId", "HealthStatus HealthCheckStatusPercentage", "HealthCheck"),
    "AWS/AutoScaling": ("AutoScalingGroupName", "GroupInServiceInstance", "AutoScalingGroup"),
    "AWS/EBS": ("VolumeId", "VolumeQueueLengths BurstBalances", "VolumeID"),
    "AWS/EFS": ("FileSystemId", "PercentIOLimits BurstCredit", "FileSystemID"),
    "AWS/NATGateway": ("NatGatewayId", "ErrorPortAllocations", "NatGatewayID"),
    "AWS/Scheduler": ("ScheduleGroup", "TargetErrors InvocationsDropped", "ScheduleName"),
    "AWS/EventBridge/Pipes": ("PipeName", "ExecutionsFailed", "Pipe"),
    "AWS/Billing": ("Currency", "EstimatedCharge", "currency"),
    "AWS/CertificateManager": ("CertificateArn", "DaysToExpire", "Certificate"),
    "AWS/CodeBuild": ("ProjectName", "FailedBuild", "Project"),
    "AWS/Kafka": (
        "Cluster Name",
        (
            "ActiveControllersCount UnderReplicatedPartition KafkaDataLogDiskUsed "
            "OfflinePartitionCount MaxOffsetLags"
        ),
        "ClusterName BrokerID",
    ),
    "AWS/ES": (
        "DomainName+ClientId",
        "ClusterStatus.Red ClusterStatusRed JVMMemoryPressures KibanaHealthyNode",
        "Domain ClientID",
    ),
    "AWS/Redshift": (
        "ClusterIdentifier",
        "CPUUtilisation PercentDiskSpaceUsed HealthState DatabaseConnection",
        "ClusterId Cluster",
    ),
    "AWS/DocDB": (
        "DBInstanceIdentifier",
        "DatabaseConnection FreeLocalStorageSpace DBClusterReplicaLag BufferCacheHitRate",
        "DBInstanceId DBClusterId",
    ),
    "AWS/Neptune": (
        "DBClusterIdentifier",
        "GremlinRequestPerSec MainRequestQueuePendingRequest",
        "ClusterIdentifier",
    ),
    "AWS/DX": (
        "ConnectionId",
        "ConnectionStates ConnectionErrors ConnectionLightLevelTX",
        "Connection ConnectionID",
    ),
    "AWS/VPN": ("VpnId", "TunnelStatus TunnelsState TunnelDataInput", "VPNId"),
    "AWS/TransitGateway": (
        "TransitGateway",
        "PacketDropCountNoRoutes PacketDropCountBlackHole PacketDropCountsBlackhole",
        "TransitGatewayId",
    ),
    "AWS/GlobalAccelerator": ("Accelerator", "NewFlows ProcessedByteIn", "AcceleratorArn"),
    "AWS/WAFV2": (
        "WebACL+Region+Rule",
        "BlockedRequest AllowedRequest CountedRequest",
        "WebAcl WebACLId",
    ),
    "AWS/ElasticMapReduce": (
        "JobFlowId",
        "AppsFail YARNMemoryAvailable HDFSUtilisation",
        "ClusterID",
    ),
    "AWS/SES": ("", "Bounces Complaints Reputation.BouncesRate Deliverys RejectRate", ""),
    "AWS/DMS": (
        "ReplicationInstanceIdentifier",
        "CDCLatencySources CDCLatency FreeStorage CDCIncomingChange",
        "ReplicationInstanceId ReplicationTask",
    ),
    "AWS/FSx": ("FileSystemId", "FreeStorageCapacities DataReadByte", "FileSystemID"),
    "AWS/AmazonMQ": (
        "Broker",
        "CPUUtilization HeapUsages QueueSizes ConsumersCount RabbitMQMemoryUsed",
        "BrokerName BrokerId",
    ),
    "AWS/AppSync": (
        "GraphQLAPIId",
        "5XXErrors 4xxError 5XXErrorRate Latencies",
        "GraphQLAPIID GraphqlApiId",
    ),
    "AWS/DAX": (
        "ClusterId",
        "QueryCacheMiss ItemCacheMiss ThrottledRequests FaultRequest ErrorRequests",
        "ClusterID",
    ),
    "AWS/GatewayELB": (
        "LoadBalancer",
        "UnhealthyHostCount HealthyHosts ConsumedLCU",
        "LoadBalancerArn",
    ),
    "AWS/PrivateLinkEndpoints": (
        "VPC Endpoint Id",
        "ActiveConnection PacketsDrop RSTPacketsReceive",
        "VPCEndpointId VpcEndpointId",
    ),
    "AWS/SageMaker": (
        "EndpointName+VariantName",
        "Invocation5XXError Invocations4XXErrors ModelLatencies OverheadLatencies",
        "Endpoint Variant",
    ),
    "AWS/Logs": ("LogGroupName", "IncomingLogEvent IncomingByte DeliveryError", "LogGroup"),
    "AWS/DDoSProtection": (
        "ResourceArn",
        "DDoSDetect DDosDetected DDoSAttackBitPerSecond",
        "ResourceARN",
    ),
    "AWS/ACMPrivateCA": ("", "CRLGenerate Failures Successes", ""),
    "AWS/NetworkFirewall": (
        "FirewallName+Engine",
        "DroppedPacket PassedPacket ReceivedPacket",
        "Firewall",
    ),
    "AWS/ElasticBeanstalk": (
        "EnvironmentName",
        "EnvironmentHealths ApplicationRequest5xx InstancesNoDatas",
        "Environment",
    ),
    "AWS/StorageGateway": (
        "GatewayId",
        "CachePercentageUsed QueuedWrite HealthNotification",
        "GatewayID",
    ),
    "AWS/Bedrock": (
        "ModelId",
        "InvocationServerError InvocationThrottle InvocationsLatency",
        "ModelID",
    ),
    "AWS/MemoryDB": (
        "ClusterName",
        "CPUUtilisation DatabaseMemoryUsage EngineCPUUtilisation",
        "ClusterId",
    ),
    "AWS/Usage": ("Service+Type+Resource+Class", "CallsCount ResourcesCount", "Services"),
    "AWS/IoT": (
        "RuleName",
        "RuleMessageThrottle Connect.ServerErrors PublishIn.ClientErrors",
        "Rule",
    ),
    "CloudWatchSynthetics": ("CanaryName", "Success SuccessPercents Fail", "Canary"),
    "AWS/KinesisAnalytics": (
        "Application",
        "FullRestart Downtime MillisBehindLatests",
        "ApplicationName",
    ),
    "AWS/Cassandra": ("Keyspace+TableName", "SystemError UserError WriteThrottleEvent", "KeySpace"),
    "AWS/Transfer": ("ServerId", "FileIn", "ServerID"),
    "AWS/ECR": ("RepositoryName", "RepositoryPullsCount", "Repository"),
    "AWS/WorkSpaces": (
        "DirectoryId",
        "Unhealthys ConnectionFailures InSessionLatencies",
        "DirectoryID",
    ),
    "AWS/Athena": ("WorkGroup", "ProcessedByte EngineExecutionTimes", "Workgroup"),
    "AWS/KMS": ("KeyId", "SecondsUntilKeyMaterialExpires", "KeyID"),
    "AWS/AppRunner": (
        "ServiceName+ServiceID",
        "5xxStatusResponse 4xxStatusResponse RequestsLatency ActiveInstance",
        "ServiceId",
    ),
    "AWS/Connect": (
        "InstanceId+MetricGroup",
        "ContactFlowError MissedCall ThrottledCall",
        "InstanceID MetricsGroup",
    ),
    "AWS/EMRServerless": ("ApplicationId", "FailedJob RunningJob SuccessJob", "ApplicationID"),
    "AWS/GameLift": ("FleetId", "ActiveInstance QueueDepths PlacementFailed", ""),
    "AWS/CloudHSM": ("ClusterId", "HsmUnhealty HsmSessionsCount", "ClusterID"),
    "AWS/MediaConnect": ("FlowARN", "SourceConnect SourcePacketLossPercentage", ""),
    "AWS/ECS/ManagedScaling": ("ClusterName", "CapacityProviderReservations", "Cluster"),
    "AmazonMWAA": ("Function+Environment", "SchedulerHeartbeats ImportError", ""),
    "ContainerInsights": (
        "ClusterName",
        "node_cpu_utilisation pod_number_of_container_restart cluster_failed_nodes_count",
        "",
    ),
    "Glue": (
        "JobName+JobRunId+Type",
        "glue.driver.aggregate.numFailedTask glue.driver.jvm.heap.usages glue.1.jvm.heap.usages",
        "JobRunID",
    ),
}
WRONG_METRICS = [
    (namespace, metric, dimensions)
    for namespace, (dimensions, metrics, _) in PLANTED.items()
    for metric in metrics.split()
]
WRONG_DIMENSIONS = [
    (namespace, dimension)
    for namespace, (_, _, dimensions) in PLANTED.items()
    for dimension in dimensions.split()
]
WRONG_NAMESPACES = [
    ("AWS/StepFunctions", "AWS/States"),
    ("AWS/EventBridge", "AWS/Events"),
    ("AWS/APIGateway", "AWS/ApiGateway"),
    ("AWS/Dynamodb", "AWS/DynamoDB"),
    ("AWS/ALB", "AWS/ApplicationELB"),
    ("Aws/Lambda", "AWS/Lambda"),
    ("AWS/KinesisFirehose", "AWS/Firehose"),
    ("AWS/MSK", "AWS/Kafka"),
    ("AWS/Glue", "Glue"),
    ("AWS/Lambdas", "AWS/Lambda"),
    ("AWS/Event", "AWS/Events"),
    ("AWS/Opensearch", "AWS/ES"),
    ("AWS/Step Functions", "AWS/States"),
    ("AWS/StepFunction", "AWS/States"),
    ("AWS/WAF2", "AWS/WAFV2"),
]


def found(namespace: str, metric: str, *dimensions: str):
    of = Metric.of(namespace, metric, {name: "x" for name in dimensions if name})
    return [
        (finding.severity, finding.rule, finding.message) for finding in unreported("alarm", of)
    ]


def usual(namespace: str) -> tuple[str, ...]:
    return tuple(PLANTED[namespace][0].split("+"))


def test_the_wrong_names_are_many() -> None:
    assert len(WRONG_METRICS) + len(WRONG_DIMENSIONS) + len(WRONG_NAMESPACES) >= 250
    assert len(PLANTED) >= 60


@pytest.mark.parametrize(("namespace", "metric", "dimensions"), WRONG_METRICS)
def test_a_metric_that_aws_does_not_report(namespace, metric, dimensions) -> None:
    ((severity, rule, message),) = found(namespace, metric, *dimensions.split("+"))
    assert (severity, rule) == (Severity.ERROR, "unknown-metric")
    assert metric in message
    assert str(aws_metrics().date) in message


@pytest.mark.parametrize(("namespace", "dimension"), WRONG_DIMENSIONS)
def test_a_dimension_that_aws_does_not_report(namespace, dimension) -> None:
    metric = min(aws_metrics().namespaces[namespace].metrics)
    told = found(namespace, metric, dimension)
    assert {(severity, rule) for severity, rule, _ in told} == {
        (Severity.ERROR, "unknown-dimension")
    }
    assert dimension in told[0][2]


@pytest.mark.parametrize(("namespace", "meant"), WRONG_NAMESPACES)
def test_a_namespace_that_is_not_there(namespace, meant) -> None:
    ((severity, rule, message),) = found(namespace, "Errors")
    assert (severity, rule) == (Severity.ERROR, "unknown-namespace")
    assert meant in message


@pytest.mark.parametrize(
    ("namespace", "metric", "nearest"),
    [
        ("AWS/States", "ExecutionsFailedCount", "ExecutionsFailed"),
        ("AWS/SQS", "ApproximateAgeOfOldestMessages", "ApproximateAgeOfOldestMessage"),
        ("AWS/RDS", "FreeStorage", "FreeStorageSpace"),
    ],
)
def test_the_nearest_name_is_told(namespace, metric, nearest) -> None:
    ((_, _, message),) = found(namespace, metric, *usual(namespace))
    assert nearest in message.partition("it has ")[2]


@pytest.mark.parametrize(
    ("namespace", "metric", "dimensions", "lacking"),
    [
        ("AWS/CloudFront", "Requests", "DistributionId", "Region"),
        ("AWS/ES", "FreeStorageSpace", "DomainName", "ClientId"),
        ("AWS/ECS", "CPUUtilization", "ServiceName", "ClusterName"),
        ("AWS/ApiGateway", "5XXError", "Stage", "ApiName"),
        ("AWS/SQS", "NumberOfMessagesSent", "", "QueueName"),
    ],
)
def test_a_dimension_that_every_such_metric_has(namespace, metric, dimensions, lacking) -> None:
    ((severity, rule, message),) = found(namespace, metric, *dimensions.split("+"))
    assert (severity, rule) == (Severity.ERROR, "unknown-dimension")
    assert lacking in message


# As in AWS's guides, one page a service.
@pytest.mark.parametrize(
    ("namespace", "metric", "dimensions"),
    [
        ("AWS/Lambda", "Errors", "FunctionName+Resource+ExecutedVersion"),
        ("AWS/Lambda", "ConcurrentExecutions", ""),
        ("AWS/Lambda", "DurableExecutionFailed", "FunctionName"),
        ("AWS/Lambda", "PolledEventCount", "EventSourceMappingUUID"),
        ("AWS/States", "ExecutionsFailed", "StateMachineArn"),
        ("AWS/States", "ActivitiesFailed", "ActivityArn"),
        ("AWS/ApiGateway", "5XXError", "ApiName+Stage+Resource+Method"),
        ("AWS/ApiGateway", "5xx", "ApiId+Stage"),
        ("AWS/ApplicationELB", "RequestCountPerTarget", "TargetGroup"),
        ("AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", "LoadBalancer+TargetGroup"),
        ("AWS/EC2", "CPUUtilization", "AutoScalingGroupName"),
        ("AWS/EC2", "EBSIOBalance%", "InstanceId"),
        ("AWS/RDS", "CPUUtilization", "DBClusterIdentifier+Role"),
        ("AWS/S3", "BucketSizeBytes", "BucketName+StorageType"),
        ("AWS/S3", "ReplicationLatency", "SourceBucket+DestinationBucket+RuleId"),
        ("AWS/CloudFront", "5xxErrorRate", "DistributionId+Region"),
        ("AWS/Firehose", "DeliveryToS3.DataFreshness", "DeliveryStreamName"),
        ("AWS/Kafka", "OfflinePartitionsCount", "Cluster Name"),
        ("AWS/SES", "Reputation.BounceRate", ""),
        ("AWS/SES", "Send", "campaign"),
        ("AWS/Billing", "EstimatedCharges", "Currency+ServiceName"),
        ("CloudWatchSynthetics", "SuccessPercent", "CanaryName"),
        ("AWS/NoSuchServiceYet", "Anything", "Whatever"),
        ("Shop/Orders", "Anything", "Whatever"),
    ],
)
def test_what_aws_reports_or_nobody_can_know_is_not_told_of(namespace, metric, dimensions) -> None:
    assert found(namespace, metric, *dimensions.split("+")) == []


def test_of_a_service_that_adds_names_a_new_one_is_a_warning() -> None:
    ((severity, _, _),) = found("AWS/Bedrock", "SomethingElseEntirely", "ModelId")
    assert severity is Severity.WARNING
    ((severity, _, _),) = found("AWS/Bedrock", "InvocationLatencys", "ModelId")
    assert severity is Severity.ERROR


def test_every_name_of_the_file_is_known_by_itself() -> None:
    for namespace, service in aws_metrics().namespaces.items():
        assert service.metrics
        for names in (service.always, *service.beside.values(), service.beside):
            assert not service.dimensions or set(names) <= service.dimensions, namespace
    assert set(aws_metrics().misnamed.values()) <= set(aws_metrics().namespaces)
    assert not set(aws_metrics().misnamed) & set(aws_metrics().namespaces)


FILTER = {
    "Type": "AWS::Logs::MetricFilter",
    "Properties": {
        "FilterPattern": "ERROR",
        "LogGroupName": "/app",
        "MetricTransformations": [
            {
                "MetricNamespace": "Shop",
                "MetricName": "FailedOrders",
                "MetricValue": "1",
                "Dimensions": [{"Key": "Route", "Value": "$.route"}],
            }
        ],
    },
}
FUNCTION = {
    "Type": "AWS::Lambda::Function",
    "Properties": {"Environment": {"Variables": {"POWERTOOLS_METRICS_NAMESPACE": "Billing"}}},
}


@pytest.mark.parametrize(
    ("namespace", "metric", "dimensions", "also", "expected"),
    [
        ("Shop", "FailedOrders", ["Route"], {}, None),
        ("Shop", "FailedOrder", ["Route"], {}, "error unknown-metric"),
        ("Shop", "Latency", [], {}, "error unknown-metric"),
        ("Shop", "FailedOrders", [], {}, "error unknown-dimension"),
        ("Shop", "FailedOrder", [], {"F": FUNCTION}, "error unknown-metric"),
        ("Shop", "Latency", [], {"F": FUNCTION}, "warning unknown-metric"),
        ("Shop", "FailedOrders", [], {"F": FUNCTION}, None),
        ("shop", "FailedOrders", ["Route"], {}, "error unknown-namespace"),
        ("Billings", "Anything", [], {"F": FUNCTION}, "warning unknown-namespace"),
        ("Billing", "Anything", [], {"F": FUNCTION}, None),
        ("Elsewhere", "Anything", [], {}, None),
    ],
)
def test_a_namespace_of_ones_own(namespace, metric, dimensions, also, expected) -> None:
    alarm = {
        "Namespace": namespace,
        "MetricName": metric,
        "Dimensions": [{"Name": name, "Value": "x"} for name in dimensions],
        "Statistic": "Sum",
        "Period": 60,
        "EvaluationPeriods": 1,
        "Threshold": 1,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "TreatMissingData": "notBreaching",
        "AlarmActions": ["arn:aws:lambda:eu-west-1:123456789012:function:page"],
    }
    resources = {
        "Alarm": {"Type": "AWS::CloudWatch::Alarm", "Properties": alarm},
        "Filter": FILTER,
        **also,
    }
    rules = [
        f"{finding.severity} {finding.rule}"
        for finding in prove(alarms_of({"Resources": resources}))
        if finding.rule.startswith("unknown-")
    ]
    assert rules == ([expected] if expected else [])


# Under the usual dimensions of PLANTED.
RIGHT = {
    "AWS/Kafka": (
        "ActiveControllerCount OfflinePartitionsCount GlobalPartitionCount "
        "ZooKeeperRequestLatencyMsMean"
    ),
    "AWS/ES": (
        "ClusterStatus.red ClusterStatus.yellow FreeStorageSpace "
        "ClusterIndexWritesBlocked AutomatedSnapshotFailure JVMMemoryPressure "
        "MasterReachableFromNode KMSKeyError"
    ),
    "AWS/Redshift": (
        "CPUUtilization PercentageDiskSpaceUsed HealthStatus DatabaseConnections MaintenanceMode"
    ),
    "AWS/DocDB": (
        "DatabaseConnections FreeLocalStorage FreeableMemory BufferCacheHitRatio "
        "DBClusterReplicaLagMaximum"
    ),
    "AWS/Neptune": (
        "GremlinRequestsPerSec MainRequestQueuePendingRequests CPUUtilization SparqlRequestsPerSec"
    ),
    "AWS/DX": "ConnectionState ConnectionErrorCount ConnectionLightLevelTx ConnectionBpsEgress",
    "AWS/VPN": "TunnelState TunnelDataIn TunnelDataOut",
    "AWS/TransitGateway": "PacketDropCountNoRoute PacketDropCountBlackhole BytesIn BytesOut",
    "AWS/GlobalAccelerator": "NewFlowCount ProcessedBytesIn ProcessedBytesOut",
    "AWS/WAFV2": "BlockedRequests AllowedRequests CountedRequests PassedRequests",
    "AWS/ElasticMapReduce": (
        "AppsFailed IsIdle YARNMemoryAvailablePercentage HDFSUtilization MRUnhealthyNodes"
    ),
    "AWS/SES": (
        "Bounce Complaint Delivery Reject Send Reputation.BounceRate Reputation.ComplaintRate"
    ),
    "AWS/DMS": (
        "CDCLatencySource CDCLatencyTarget FreeableMemory FreeStorageSpace CDCIncomingChanges"
    ),
    "AWS/FSx": "FreeStorageCapacity DataReadBytes DataWriteBytes",
    "AWS/AmazonMQ": (
        "CpuUtilization HeapUsage QueueSize ConsumerCount TotalMessageCount RabbitMQMemUsed"
    ),
    "AWS/AppSync": "5XXError 4XXError Latency Requests",
    "AWS/DAX": (
        "QueryCacheMisses ItemCacheMisses ThrottledRequestCount FaultRequestCount "
        "ErrorRequestCount CPUUtilization"
    ),
    "AWS/GatewayELB": "UnHealthyHostCount HealthyHostCount ConsumedLCUs ProcessedBytes",
    "AWS/PrivateLinkEndpoints": (
        "ActiveConnections PacketsDropped RstPacketsReceived BytesProcessed"
    ),
    "AWS/SageMaker": (
        "Invocation5XXErrors Invocation4XXErrors ModelLatency OverheadLatency Invocations"
    ),
    "AWS/Logs": (
        "IncomingLogEvents IncomingBytes DeliveryErrors DeliveryThrottling ForwardedLogEvents"
    ),
    "AWS/DDoSProtection": "DDoSDetected DDoSAttackBitsPerSecond DDoSAttackRequestsPerSecond",
    "AWS/ACMPrivateCA": "CRLGenerated Failure Success",
    "AWS/NetworkFirewall": "DroppedPackets PassedPackets ReceivedPackets",
    "AWS/ElasticBeanstalk": (
        "EnvironmentHealth ApplicationRequests5xx ApplicationLatencyP99 InstancesSevere"
    ),
    "AWS/StorageGateway": "CachePercentUsed QueuedWrites HealthNotifications",
    "AWS/Bedrock": (
        "InvocationServerErrors InvocationThrottles InvocationLatency Invocations InputTokenCount"
    ),
    "AWS/MemoryDB": (
        "CPUUtilization EngineCPUUtilization DatabaseMemoryUsagePercentage "
        "CurrConnections Evictions"
    ),
    "AWS/Usage": "CallCount ResourceCount",
    "AWS/IoT": "RuleMessageThrottled RulesExecuted Connect.Success Connect.ServerError",
    "CloudWatchSynthetics": "SuccessPercent Failed Duration",
    "AWS/KinesisAnalytics": (
        "fullRestarts downtime uptime millisBehindLatest numberOfFailedCheckpoints KPUs "
        "cpuUtilization heapMemoryUtilization"
    ),
    "AWS/Cassandra": "SystemErrors UserErrors WriteThrottleEvents",
    "AWS/Transfer": "BytesIn BytesOut FilesIn FilesOut",
    "AWS/ECR": "RepositoryPullCount",
    "AWS/WorkSpaces": "Unhealthy Available ConnectionFailure InSessionLatency",
    "AWS/Athena": "ProcessedBytes EngineExecutionTime TotalExecutionTime QueryQueueTime",
    "AWS/KMS": "SecondsUntilKeyMaterialExpiration",
    "AWS/AppRunner": (
        "5xxStatusResponses 4xxStatusResponses RequestLatency ActiveInstances "
        "CPUUtilization MemoryUtilization Requests"
    ),
    "AWS/Connect": "ConcurrentCallsPercentage ConcurrentTasksPercentage MissedCalls QueueSize",
    "AWS/EMRServerless": "FailedJobs RunningJobs RunningWorkerCount",
    "AWS/GameLift": "ActiveInstances QueueDepth PlacementsFailed",
    "AWS/ECS/ManagedScaling": "CapacityProviderReservation DesiredCapacity",
    "AmazonMWAA": "SchedulerHeartbeat ImportErrors TaskInstanceFailures",
    "ContainerInsights": (
        "node_cpu_utilization pod_number_of_container_restarts cluster_failed_node_count"
    ),
    "Glue": (
        "glue.driver.aggregate.numFailedTasks glue.driver.jvm.heap.usage glue.12.jvm.heap.usage "
        "glue.3.s3.filesystem.read_bytes glue.error.OUT_OF_MEMORY_ERROR"
    ),
}


def test_the_names_of_the_guides_are_not_told_of() -> None:
    right = [(namespace, name) for namespace, names in RIGHT.items() for name in names.split()]
    assert len(right) >= 100
    told = [(*name, found(*name, *usual(name[0]))) for name in right]
    assert [(namespace, name, finding) for namespace, name, finding in told if finding] == []


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Error", "Errors"),
        ("TargetErrors", "TargetErrorCount"),
        ("LogGroup", "LogGroupName"),
        ("BrokerId", "BrokerName"),
        ("DatabaseMemoryUsage", "DatabaseMemoryUsagePercentage"),
        ("cpuutilization", "CPUUtilization"),
    ],
)
def test_another_ending_is_a_slip(written, meant) -> None:
    assert is_slip(written, [meant])


@pytest.mark.parametrize(
    ("written", "other"),
    [
        ("BytesIn", "BytesOut"),
        ("TokensUsed", "Invocations"),
        ("ReadIOPS", "WriteIOPS"),
        ("Count", "Rate"),
    ],
)
def test_another_name_is_no_slip(written, other) -> None:
    assert not is_slip(written, [other])
