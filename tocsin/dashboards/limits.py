"""What CloudWatch and Logs Insights take at most; none of these can be raised.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_StartQuery.html
"""

COLUMNS = 24
MAX_HEIGHT = 1_000
WIDGETS_PER_DASHBOARD = 500
# Metrics that are only read by an expression count as well.
METRICS_PER_WIDGET = 500
METRICS_PER_DASHBOARD = 2_500
ALARMS_PER_WIDGET = 100
LOG_GROUPS_PER_QUERY = 50
DIMENSIONS_PER_METRIC = 30
