"""Actions for which AWS has no resource level: only for them may a policy name the resource ``*``.

Source: https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
Not all of them, but those that a portal, its deployer or a plugin may need.
"""

from __future__ import annotations

# Each by the page of its service there.
WITHOUT_RESOURCE: frozenset[str] = frozenset(
    {
        *("acm:ListCertificates", "acm:RequestCertificate"),
        *("ce:GetReservationUtilization", "ce:GetSavingsPlansUtilization"),
        *("cloudformation:ListStacks",),
        *("cloudwatch:GetMetricData", "cloudwatch:GetMetricStatistics", "cloudwatch:ListMetrics"),
        *("ec2:DescribeAvailabilityZones", "ec2:DescribeInstances", "ec2:DescribeNetworkInterfaces"),
        *("ec2:DescribeSecurityGroupRules", "ec2:DescribeSecurityGroups", "ec2:DescribeSubnets"),
        *("ec2:DescribeVpcEndpoints", "ec2:DescribeVpcs"),
        *("ecr:GetAuthorizationToken",),
        *("ecs:DescribeTaskDefinition", "ecs:ListClusters"),
        *("eks:DescribeAddonVersions", "eks:ListClusters"),
        # Every action that the pattern matches: none of them knows resources.
        *("elasticloadbalancing:Describe*", "elasticloadbalancing:SetWebAcl"),
        *("kms:CreateKey", "kms:ListAliases"),
        *("lambda:ListFunctions", "logs:CreateLogDelivery", "logs:DeleteLogDelivery", "logs:DescribeLogGroups"),
        *("logs:DescribeResourcePolicies",),
        *("route53:ListHostedZones", "route53:ListHostedZonesByName"),
        *("sns:GetSubscriptionAttributes", "sns:Unsubscribe"),
        *("sts:GetCallerIdentity", "tag:GetResources"),
        *("wafv2:ListWebACLs",),
    }
)
# A key that does not exist yet has no ARN, so it is known by the tags that it is to have
# (https://docs.aws.amazon.com/kms/latest/developerguide/tag-permissions.html).
BEFORE_IT_EXISTS: frozenset[str] = frozenset({"kms:TagResource"})
