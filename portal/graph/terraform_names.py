"""What Terraform's provider for AWS calls the resources and inputs of Pulumi's, which is made from it.

Pulumi makes its names by rule and renames a few. Its rules are undone here, and its renames are listed. Compared with
the schema of Terraform's provider 6 for every type that tests/graph/test_terraform_names.py lists.
"""

from __future__ import annotations

import re

# Pulumi's modules that are called differently. What is in "ec2" has no module at all: `aws_subnet`.
_MODULES = {"ec2": "", "rds": "db_"}
_TYPES = {
    "aws:ec2/tag:Tag": "aws_ec2_tag",
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": "aws_iam_openid_connect_provider",
    "aws:lb/loadBalancer:LoadBalancer": "aws_lb",
    "aws:s3/bucketReplicationConfig:BucketReplicationConfig": "aws_s3_bucket_replication_configuration",
}
_INPUTS = {
    ("aws:cloudwatch/metricAlarm:MetricAlarm", "name"): "alarm_name",
    ("aws:iam/openIdConnectProvider:OpenIdConnectProvider", "clientIdLists"): "client_id_list",
    ("aws:iam/openIdConnectProvider:OpenIdConnectProvider", "thumbprintLists"): "thumbprint_list",
    ("aws:sns/topicSubscription:TopicSubscription", "topic"): "topic_arn",
}
# Repeated blocks that are plural in Terraform too, and one that the rule would get wrong.
_BLOCKS = {
    "aliases": "alias",
    "coordinates": "coordinates",
    "headers": "headers",
    "nodeRepairConfigOverrides": "node_repair_config_overrides",
    "redactedFields": "redacted_fields",
    "runCommandTargets": "run_command_targets",
}
# Their keys are whoever writes them's own.
MAPS = frozenset(
    {
        *("authenticationRequestExtraParams", "dimensions", "headerParameters", "inputPaths", "labels"),
        *("queryStringParameters", "tags", "triggers"),
    }
)
# Not in a list, although Terraform keeps every other block in one.
SINGLE_BLOCKS = frozenset({"timeouts"})
# Types that have tags of their own and the provider's default ones.
TAGGABLE = frozenset(
    {
        *("aws_acm_certificate", "aws_cloudwatch_composite_alarm", "aws_cloudwatch_event_rule"),
        *("aws_cloudwatch_log_group", "aws_cloudwatch_metric_alarm", "aws_db_event_subscription", "aws_db_instance"),
        *("aws_db_parameter_group", "aws_db_subnet_group", "aws_default_network_acl", "aws_default_route_table"),
        *("aws_default_security_group", "aws_ecr_repository", "aws_eip", "aws_eks_access_entry", "aws_eks_addon"),
        *("aws_eks_cluster", "aws_eks_node_group", "aws_eks_pod_identity_association", "aws_flow_log"),
        *("aws_iam_openid_connect_provider", "aws_iam_policy", "aws_iam_role", "aws_internet_gateway"),
        *("aws_kms_key", "aws_lb", "aws_lb_listener", "aws_lb_listener_rule", "aws_lb_target_group"),
        *("aws_nat_gateway", "aws_network_acl", "aws_route53_health_check", "aws_route53_zone", "aws_route_table"),
        *("aws_s3_bucket", "aws_secretsmanager_secret", "aws_security_group", "aws_sns_topic", "aws_ssm_parameter"),
        *("aws_subnet", "aws_vpc", "aws_vpc_endpoint", "aws_vpc_security_group_egress_rule"),
        *("aws_vpc_security_group_ingress_rule", "aws_wafv2_ip_set", "aws_wafv2_web_acl"),
    }
)


def terraform_type(pulumi_type: str) -> str:
    """``aws_kms_key`` of ``aws:kms/key:Key``."""
    if pulumi_type in _TYPES:
        return _TYPES[pulumi_type]
    _, module, name = pulumi_type.split(":")
    folder = module.partition("/")[0]
    return f"aws_{_MODULES.get(folder, f'{folder}_')}{snake(name)}"


def input_name(pulumi_type: str, name: str) -> str:
    """Of an input of a resource that is not a repeated block."""
    return _INPUTS.get((pulumi_type, name), snake(name))


def block_name(name: str) -> str:
    """Of a block that may be there several times. Pulumi has a list of them, and a plural for its name."""
    if name in _BLOCKS:
        return _BLOCKS[name]
    if name.endswith("ies"):
        return f"{snake(name[:-3])}y"
    if name.endswith("sses"):
        return snake(name[:-2])
    return snake(name if name.endswith("ss") else name.removesuffix("s"))


def snake(name: str) -> str:
    """``kms_key_id`` of ``kmsKeyId``."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
