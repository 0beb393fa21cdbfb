"""What the deployment of one portal needs for its address, and for watching it."""

from __future__ import annotations

from components.identity.statement import DeployRights, Statement, allow, prefixed
from portal.aws.arn import partition, regional_arn


def address_statements(rights: DeployRights) -> list[Statement]:
    """Load balancer, certificate, name and firewall; alarms, dashboard, topic and logs."""
    return [*_entry(rights), *_record(rights), *_observation(rights)]


def _entry(rights: DeployRights) -> list[Statement]:
    named, here = rights.prefix, (rights.region, rights.account)
    groups = (
        "AuthorizeSecurityGroupEgress AuthorizeSecurityGroupIngress CreateSecurityGroup CreateTags DeleteSecurityGroup"
        " DeleteTags ModifySecurityGroupRules RevokeSecurityGroupEgress RevokeSecurityGroupIngress"
    )
    balancer = (
        "AddTags CreateListener CreateLoadBalancer CreateTargetGroup DeleteListener DeleteLoadBalancer"
        " DeleteTargetGroup ModifyListener ModifyListenerAttributes ModifyLoadBalancerAttributes"
        " ModifyTargetGroup ModifyTargetGroupAttributes RemoveTags SetSecurityGroups SetSubnets"
    )
    certificate = (
        "AddTagsToCertificate DeleteCertificate DescribeCertificate ListTagsForCertificate RemoveTagsFromCertificate"
    )
    firewall = (
        "AssociateWebACL CreateWebACL DeleteLoggingConfiguration DeleteWebACL DisassociateWebACL"
        " GetLoggingConfiguration GetWebACL GetWebACLForResource ListTagsForResource PutLoggingConfiguration"
        " TagResource UntagResource UpdateWebACL"
    )
    balancers = [
        regional_arn("elasticloadbalancing", *here, f"{kind}/{named}*")
        for kind in ("loadbalancer/app", "listener/app", "targetgroup")
    ]
    return [
        allow(
            "SecurityGroups",
            prefixed("ec2", groups),
            [regional_arn("ec2", *here, one) for one in ("security-group/*", "security-group-rule/*", "vpc/*")],
        ),
        allow("LoadBalancer", prefixed("elasticloadbalancing", balancer), balancers),
        allow("Certificate", prefixed("acm", certificate), regional_arn("acm", *here, "certificate/*")),
        allow(
            "Firewall",
            prefixed("wafv2", firewall),
            [
                regional_arn("wafv2", *here, f"regional/webacl/{named}*"),
                regional_arn("wafv2", *here, "regional/managedruleset/*"),
                regional_arn("elasticloadbalancing", *here, f"loadbalancer/app/{named}*"),
            ],
        ),
    ]


def _record(rights: DeployRights) -> list[Statement]:
    """The portal's record in its zone, and those that prove to AWS whose the name is. No other name, and no other zone.

    Source: https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/specifying-rrset-conditions.html
    """
    if rights.zone is None or rights.host is None:
        return []
    route53 = f"arn:{partition(rights.region)}:route53:::"
    zone, key = f"{route53}hostedzone/{rights.zone}", "route53:ChangeResourceRecordSets"
    host = f"{rights.stacks}.{rights.host}" if rights.ephemeral else rights.host
    own = {
        "ForAllValues:StringLike": {f"{key}NormalizedRecordNames": [host, f"_*.{host}"]},
        "ForAllValues:StringEquals": {f"{key}RecordTypes": ["A", "CNAME"]},
    }
    return [
        allow("Zone", prefixed("route53", "GetHostedZone ListResourceRecordSets ListTagsForResource"), zone),
        allow("Record", [key], zone, own),
        allow("RecordThere", ["route53:GetChange"], f"{route53}change/*"),
    ]


def _observation(rights: DeployRights) -> list[Statement]:
    named, here = rights.prefix, (rights.region, rights.account)
    alarms = "DeleteAlarms DescribeAlarms ListTagsForResource PutMetricAlarm TagResource UntagResource"
    dashboards = "DeleteDashboards GetDashboard PutDashboard"
    topic = (
        "CreateTopic DeleteTopic GetTopicAttributes ListTagsForResource SetTopicAttributes"
        " Subscribe TagResource UntagResource"
    )
    logs = (
        "AssociateKmsKey CreateLogGroup DeleteLogGroup DeleteRetentionPolicy ListTagsForResource PutRetentionPolicy"
        " TagResource UntagResource"
    )
    # CloudWatch Logs asks for the group, or for a stream without a name in it
    # (https://github.com/aws-ia/terraform-aws-eks-blueprints/issues/1454).
    firewall = f"aws-waf-logs-{rights.label}"
    groups = [
        f"/aws/rds/instance/{rights.label}/*",
        # Of a database that was restored.
        f"/aws/rds/instance/{named}*",
        firewall,
        f"{firewall}:*",
    ]
    return [
        allow("Alarms", prefixed("cloudwatch", alarms), regional_arn("cloudwatch", *here, f"alarm:{named}*")),
        allow(
            "Dashboard",
            prefixed("cloudwatch", dashboards),
            # Dashboards have no region.
            f"arn:{partition(rights.region)}:cloudwatch::{rights.account}:dashboard/{rights.label}",
        ),
        allow("Topic", prefixed("sns", topic), regional_arn("sns", *here, f"{named}*")),
        allow("Logs", prefixed("logs", logs), [regional_arn("logs", *here, f"log-group:{one}") for one in groups]),
        # A firewall is let in to its log by whoever makes it. AWS asks for a star in place of the group's name
        # (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-infrastructure-CWL.html). Such a policy can
        # only let services of AWS write logs, and lets nobody read them
        # (https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutResourcePolicy.html).
        allow("FirewallLog", ["logs:PutResourcePolicy"], regional_arn("logs", *here, "log-group:*")),
    ]
