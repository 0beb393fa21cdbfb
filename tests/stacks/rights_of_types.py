"""What a deployment needs to make each type of AWS that is in a portal: actions, and what they are asked for.

Source: https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

REGIONAL = "arn:aws:{}:eu-central-1:111122223333:{}"
IAM = "arn:aws:iam::111122223333:{}"
ANY = "*"

Right = tuple[str, str]
"""An action, and the resource that it is asked for: with ``{name}``, or ``*`` where AWS has no resource level."""


@dataclass(frozen=True)
class Named:
    """A type whose ARN has its name, of ``longest`` letters at most. ``input`` has it, unless Pulumi chooses it."""

    rights: Sequence[Right]
    longest: int
    input: str = "name"


@dataclass(frozen=True)
class Part:
    """A type that is a part of others: ``rights`` by the input that each of these is in."""

    rights: Mapping[str, Sequence[Right]]


@dataclass(frozen=True)
class ById:
    """A type that gets an id of AWS's, so that its name is in no ARN."""

    rights: Sequence[Right]


def arn(service: str, resource: str) -> str:
    return REGIONAL.format(service, resource)


def bucket_part(action: str) -> Part:
    return Part({"bucket": [(f"s3:{action}", "arn:aws:s3:::{name}")]})


BALANCER = arn("elasticloadbalancing", "loadbalancer/app/{name}/0123456789abcdef")
TARGETS = arn("elasticloadbalancing", "targetgroup/{name}/0123456789abcdef")
ACL = arn("wafv2", "regional/webacl/{name}/12345678-1234-1234-1234-123456789012")
ROLE, TOPIC = IAM.format("role{path}{name}"), arn("sns", "{name}")
GROUP, RULE, VPC = (arn("ec2", f"{one}") for one in ("security-group/sg-1", "security-group-rule/sgr-1", "vpc/vpc-1"))
CERTIFICATE, KEY = arn("acm", "certificate/1"), arn("kms", "key/1")
# CloudWatch Logs asks for one or the other, for the same action.
LOGS = [arn("logs", "log-group:{name}"), arn("logs", "log-group:{name}:log-stream:")]

TYPES: Mapping[str, Named | Part | ById] = {
    "aws:acm/certificate:Certificate": ById(
        [("acm:RequestCertificate", ANY), ("acm:AddTagsToCertificate", CERTIFICATE)]
    ),
    "aws:acm/certificateValidation:CertificateValidation": ById([("acm:DescribeCertificate", CERTIFICATE)]),
    "aws:cloudwatch/dashboard:Dashboard": Named(
        [("cloudwatch:PutDashboard", "arn:aws:cloudwatch::111122223333:dashboard/{name}")], 255, "dashboardName"
    ),
    "aws:cloudwatch/logGroup:LogGroup": Named(
        [(f"logs:{action}", one) for action in ("CreateLogGroup", "PutRetentionPolicy", "TagResource") for one in LOGS],
        512,
    ),
    "aws:cloudwatch/metricAlarm:MetricAlarm": Named(
        [(f"cloudwatch:{action}", arn("cloudwatch", "alarm:{name}")) for action in ("PutMetricAlarm", "TagResource")],
        255,
    ),
    "aws:ec2/securityGroup:SecurityGroup": ById(
        [("ec2:CreateSecurityGroup", GROUP), ("ec2:CreateSecurityGroup", VPC), ("ec2:CreateTags", GROUP)]
    ),
    "aws:eks/podIdentityAssociation:PodIdentityAssociation": Part(
        {
            "clusterName": [("eks:CreatePodIdentityAssociation", arn("eks", "cluster/acme"))],
            "roleArn": [("iam:PassRole", ROLE)],
        }
    ),
    "aws:iam/role:Role": Named([("iam:CreateRole", ROLE), ("iam:TagRole", ROLE)], 64),
    "aws:iam/rolePolicy:RolePolicy": Part({"role": [("iam:PutRolePolicy", ROLE)]}),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": Part({"role": [("iam:AttachRolePolicy", ROLE)]}),
    "aws:kms/alias:Alias": Named([("kms:CreateAlias", arn("kms", "{name}")), ("kms:CreateAlias", KEY)], 256),
    "aws:kms/key:Key": ById([("kms:CreateKey", ANY), ("kms:TagResource", ANY), ("kms:EnableKeyRotation", KEY)]),
    "aws:lb/listener:Listener": Part({"loadBalancerArn": [("elasticloadbalancing:CreateListener", BALANCER)]}),
    "aws:lb/loadBalancer:LoadBalancer": Named(
        [(f"elasticloadbalancing:{action}", BALANCER) for action in ("CreateLoadBalancer", "AddTags")], 32
    ),
    "aws:lb/targetGroup:TargetGroup": Named(
        [(f"elasticloadbalancing:{action}", TARGETS) for action in ("CreateTargetGroup", "AddTags")], 32
    ),
    "aws:rds/instance:Instance": Named(
        [
            ("rds:CreateDBInstance", arn("rds", "db:{name}")),
            ("rds:CreateDBInstance", arn("rds", "og:default:postgres-18")),
            ("secretsmanager:CreateSecret", arn("secretsmanager", "secret:rds!db-1")),
            ("kms:CreateGrant", KEY),
        ],
        63,
        "identifier",
    ),
    "aws:rds/parameterGroup:ParameterGroup": Named(
        [(f"rds:{action}", arn("rds", "pg:{name}")) for action in ("CreateDBParameterGroup", "CreateDBInstance")], 255
    ),
    "aws:rds/subnetGroup:SubnetGroup": Named(
        [(f"rds:{action}", arn("rds", "subgrp:{name}")) for action in ("CreateDBSubnetGroup", "CreateDBInstance")], 255
    ),
    "aws:route53/record:Record": ById(
        [("route53:ChangeResourceRecordSets", "arn:aws:route53:::hostedzone/Z0123456789ABCDEFGHIJ")]
    ),
    "aws:s3/bucket:Bucket": Named(
        [(f"s3:{action}", "arn:aws:s3:::{name}") for action in ("CreateBucket", "PutBucketTagging")], 63, "bucket"
    ),
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": bucket_part("PutLifecycleConfiguration"),
    "aws:s3/bucketLogging:BucketLogging": bucket_part("PutBucketLogging"),
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": bucket_part("PutBucketOwnershipControls"),
    "aws:s3/bucketPolicy:BucketPolicy": bucket_part("PutBucketPolicy"),
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": bucket_part("PutBucketPublicAccessBlock"),
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": bucket_part(
        "PutEncryptionConfiguration"
    ),
    "aws:s3/bucketVersioning:BucketVersioning": bucket_part("PutBucketVersioning"),
    "aws:sns/topic:Topic": Named([("sns:CreateTopic", TOPIC), ("sns:TagResource", TOPIC)], 256),
    "aws:sns/topicPolicy:TopicPolicy": Part({"arn": [("sns:SetTopicAttributes", TOPIC)]}),
    "aws:sns/topicSubscription:TopicSubscription": Part({"topic": [("sns:Subscribe", TOPIC)]}),
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": ById(
        [(f"ec2:{action}", one) for action in ("AuthorizeSecurityGroupEgress", "CreateTags") for one in (GROUP, RULE)]
    ),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": ById(
        [(f"ec2:{action}", one) for action in ("AuthorizeSecurityGroupIngress", "CreateTags") for one in (GROUP, RULE)]
    ),
    "aws:wafv2/webAcl:WebAcl": Named([("wafv2:CreateWebACL", ACL), ("wafv2:TagResource", ACL)], 128),
    "aws:wafv2/webAclAssociation:WebAclAssociation": Part(
        {
            "resourceArn": [("wafv2:AssociateWebACL", BALANCER), ("elasticloadbalancing:SetWebAcl", ANY)],
            "webAclArn": [("wafv2:AssociateWebACL", ACL)],
        }
    ),
    "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration": Part(
        {
            "resourceArn": [("wafv2:PutLoggingConfiguration", ACL)],
            # A star is what AWS asks for in place of the group's name.
            "logDestinationConfigs": [
                ("logs:CreateLogDelivery", ANY),
                ("logs:PutResourcePolicy", arn("logs", "log-group:any")),
            ],
        }
    ),
}
