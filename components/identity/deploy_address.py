"""What the deployment of one portal needs for its address, and for watching it."""

from __future__ import annotations

from components.identity.statement import DeployRights, Statement, allow, prefixed
from portal.aws.arn import partition, regional_arn
from portal.aws.names import portal_label, portal_prefix


def address_statements(rights: DeployRights) -> list[Statement]:
    """Load balancer, certificate, name and firewall; alarms, dashboard, topic and logs."""
    return [*_entry(rights), *_observation(rights)]


def _entry(rights: DeployRights) -> list[Statement]:
    named, here = portal_prefix(rights.portal), (rights.region, rights.account)
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
    dns = "ChangeResourceRecordSets GetChange GetHostedZone ListResourceRecordSets ListTagsForResource"
    zones = f"arn:{partition(rights.region)}:route53:::"
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
        allow("Names", prefixed("route53", dns), [f"{zones}hostedzone/*", f"{zones}change/*"]),
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


def _observation(rights: DeployRights) -> list[Statement]:
    named, here = portal_prefix(rights.portal), (rights.region, rights.account)
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
    firewall = f"aws-waf-logs-{portal_label(rights.portal)}"
    groups = [
        f"/aws/rds/instance/{portal_label(rights.portal)}/*",
        firewall,
        f"{firewall}:*",
    ]
    return [
        allow("Alarms", prefixed("cloudwatch", alarms), regional_arn("cloudwatch", *here, f"alarm:{named}*")),
        allow(
            "Dashboard",
            prefixed("cloudwatch", dashboards),
            # Dashboards have no region.
            f"arn:{partition(rights.region)}:cloudwatch::{rights.account}:dashboard/{portal_label(rights.portal)}",
        ),
        allow("Topic", prefixed("sns", topic), regional_arn("sns", *here, f"{named}*")),
        allow("Logs", prefixed("logs", logs), [regional_arn("logs", *here, f"log-group:{one}") for one in groups]),
        # A firewall is let in to its log by whoever makes it. AWS asks for a star in place of the group's name
        # (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-infrastructure-CWL.html).
        allow("FirewallLog", ["logs:PutResourcePolicy"], regional_arn("logs", *here, "log-group:*")),
    ]
