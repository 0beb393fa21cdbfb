"""How long AWS takes to make a resource, as others have measured it. AWS promises no times.

Nothing of this was measured in an account of ours. Where several logs differ, the longest time counts.
"""

from __future__ import annotations

from portal.base.creation_time import CreationTime, CreationTimes

_NETWORK_LOG = "https://github.com/bshehram/devops-aws-tf/blob/main/SAMPLE_TF_APPLY.md"
_RECORD_LOG = "https://github.com/bshehram/myservice-devops-aws-tf/blob/main/SAMPLE_TF_APPLY.md"
_CLUSTER_LOG = "https://github.com/ignvb/devsu-devops-assessment/blob/main/IaC/Apply_output.md"
_RDS = "https://github.com/hashicorp/terraform/issues/498"

TIMES = CreationTimes(
    slow={
        "aws:acm/certificateValidation:CertificateValidation": (
            CreationTime(
                seconds=300,
                basis="assumed",
                source=f"nothing once the record was in sync ({_RECORD_LOG}), and more than five minutes at times"
                " (https://github.com/aws/aws-cdk/issues/2914)",
            ),
        ),
        "aws:ec2/natGateway:NatGateway": (
            CreationTime(seconds=124, basis="published", source=f"{_NETWORK_LOG}: the longest of twelve"),
        ),
        "aws:ec2/vpc:Vpc": (
            CreationTime(seconds=14, basis="published", source=f"{_CLUSTER_LOG}: a VPC with names of hosts"),
        ),
        "aws:ec2/vpcEndpoint:VpcEndpoint": (
            CreationTime(
                seconds=6,
                basis="published",
                source=f"{_NETWORK_LOG}: each of six gateway endpoints",
                given={"vpcEndpointType": "Gateway"},
            ),
            CreationTime(
                seconds=120,
                basis="assumed",
                source="no measurement of an interface endpoint was found; the provider waits for ten minutes",
            ),
        ),
        "aws:eks/cluster:Cluster": (
            CreationTime(
                seconds=540,
                basis="published",
                source="https://aws.amazon.com/about-aws/whats-new/2021/03/"
                "amazon-eks-reduces-cluster-creation-time-40-percent: nine minutes on average",
            ),
        ),
        "aws:kms/key:Key": (
            CreationTime(seconds=20, basis="published", source=f"{_CLUSTER_LOG}: a key that is rotated"),
        ),
        "aws:lb/loadBalancer:LoadBalancer": (
            CreationTime(
                seconds=172,
                basis="published",
                source="https://github.com/ltblueberry/tech-assignment-15112023: in eu-central-1",
            ),
        ),
        "aws:rds/instance:Instance": (
            CreationTime(
                seconds=1200,
                basis="published",
                source=f"{_RDS}: up to 20 minutes with a standby",
                given={"multiAz": True},
            ),
            CreationTime(seconds=600, basis="published", source=f"{_RDS}: up to ten minutes without a standby"),
        ),
        "aws:route53/record:Record": (
            CreationTime(
                seconds=60,
                basis="published",
                source="https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resource-record-sets-editing.html:"
                " in general, changes reach all name servers within 60 seconds",
            ),
        ),
        "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": (
            CreationTime(
                seconds=32,
                basis="published",
                source="https://github.com/hashicorp/terraform-provider-aws/issues/23352: the provider reads it until"
                " it stays the same",
            ),
        ),
    },
    other=CreationTime(
        seconds=5, basis="assumed", source=f"most resources are a few requests: 0 to 8 seconds in {_CLUSTER_LOG}"
    ),
    quick=frozenset(
        {
            "aws:acm/certificate:Certificate",
            "aws:cloudwatch/dashboard:Dashboard",
            "aws:cloudwatch/logGroup:LogGroup",
            "aws:cloudwatch/metricAlarm:MetricAlarm",
            "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
            "aws:ec2/eip:Eip",
            "aws:ec2/flowLog:FlowLog",
            "aws:ec2/internetGateway:InternetGateway",
            "aws:ec2/route:Route",
            "aws:ec2/routeTable:RouteTable",
            "aws:ec2/routeTableAssociation:RouteTableAssociation",
            "aws:ec2/securityGroup:SecurityGroup",
            "aws:ec2/subnet:Subnet",
            "aws:ecr/lifecyclePolicy:LifecyclePolicy",
            "aws:ecr/repository:Repository",
            "aws:eks/accessEntry:AccessEntry",
            "aws:eks/accessPolicyAssociation:AccessPolicyAssociation",
            "aws:eks/podIdentityAssociation:PodIdentityAssociation",
            "aws:iam/openIdConnectProvider:OpenIdConnectProvider",
            "aws:iam/policy:Policy",
            "aws:iam/role:Role",
            "aws:iam/rolePolicy:RolePolicy",
            "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
            "aws:kms/alias:Alias",
            "aws:lb/listener:Listener",
            "aws:lb/targetGroup:TargetGroup",
            "aws:rds/parameterGroup:ParameterGroup",
            "aws:rds/subnetGroup:SubnetGroup",
            "aws:s3/bucket:Bucket",
            "aws:s3/bucketLogging:BucketLogging",
            "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
            "aws:s3/bucketPolicy:BucketPolicy",
            "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
            "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
            "aws:s3/bucketVersioning:BucketVersioning",
            "aws:sns/topic:Topic",
            "aws:sns/topicPolicy:TopicPolicy",
            "aws:sns/topicSubscription:TopicSubscription",
            "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
            "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
            "aws:wafv2/webAcl:WebAcl",
            "aws:wafv2/webAclAssociation:WebAclAssociation",
            "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration",
        }
    ),
)
