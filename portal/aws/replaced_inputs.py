"""The types of pulumi-aws that we create, beside their counterparts in CloudFormation: a map that people wrote.

CloudFormation says of each property whether an update can change it. Pulumi's provider has other names, and at times it
replaces where CloudFormation updates, or the reverse. Both stand here, with the source.

Sources: pulumi-aws 7.51.1 (names of inputs); hashicorp/terraform-provider-aws (what its schema forces to be new, in the
file that each entry names). What that provider replaces and no file here was read for, is not in this map.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Counterpart:
    """One type. ``cfn`` is its type in CloudFormation; none if it is a part of another one there.

    ``names``: properties whose input has another name than the property, which begins with a small letter; several if
    Pulumi has one input for each kind of value. ``absent``: properties without an input. ``in_place``: properties that
    the provider changes all the same. ``also``: inputs that the provider replaces for, besides.
    """

    cfn: str = ""
    names: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict[str, str | tuple[str, ...]])
    absent: tuple[str, ...] = ()
    in_place: tuple[str, ...] = ()
    also: tuple[str, ...] = ()


# A rule is modified (internal/service/ec2/vpc_security_group_ingress_rule.go). The provider replaces it where it goes
# over to another kind of source, which is not said here: nothing is lost by it.
_RULE_IN_PLACE = (
    *("CidrIp", "CidrIpv6", "FromPort", "ToPort", "IpProtocol", "SourcePrefixListId", "SourceSecurityGroupId"),
    *("DestinationPrefixListId", "DestinationSecurityGroupId"),
)
# Parts of a bucket are its properties in CloudFormation. Here each belongs to one bucket (bucket_versioning.go in
# internal/service/s3).
_PART_OF_BUCKET = Counterpart(also=("bucket",))

TYPES: Mapping[str, Counterpart] = {
    "aws:acm/certificate:Certificate": Counterpart(
        "AWS::CertificateManager::Certificate",
        names={"DomainValidationOptions": "validationOptions"},
        absent=("CertificateExport",),
    ),
    "aws:cloudwatch/dashboard:Dashboard": Counterpart("AWS::CloudWatch::Dashboard"),
    "aws:cloudwatch/logGroup:LogGroup": Counterpart("AWS::Logs::LogGroup", names={"LogGroupName": "name"}),
    "aws:cloudwatch/logMetricFilter:LogMetricFilter": Counterpart(
        "AWS::Logs::MetricFilter", names={"FilterName": "name"}
    ),
    "aws:cloudwatch/metricAlarm:MetricAlarm": Counterpart("AWS::CloudWatch::Alarm", names={"AlarmName": "name"}),
    "aws:ec2/eip:Eip": Counterpart("AWS::EC2::EIP", absent=("TransferAddress",)),
    "aws:ec2/flowLog:FlowLog": Counterpart(
        "AWS::EC2::FlowLog",
        names={"DeliverLogsPermissionArn": "iamRoleArn", "ResourceId": ("vpcId", "subnetId", "eniId")},
        # Which input has the id says the type; a log group is a destination like any other.
        absent=("ResourceType", "LogGroupName"),
    ),
    "aws:ec2/natGateway:NatGateway": Counterpart("AWS::EC2::NatGateway", names={"PrivateIpAddress": "privateIp"}),
    "aws:ec2/route:Route": Counterpart("AWS::EC2::Route"),
    "aws:ec2/routeTable:RouteTable": Counterpart("AWS::EC2::RouteTable"),
    # internal/service/ec2/vpc_route_table_association.go: the table is exchanged (ReplaceRouteTableAssociation).
    "aws:ec2/routeTableAssociation:RouteTableAssociation": Counterpart(
        "AWS::EC2::SubnetRouteTableAssociation", in_place=("RouteTableId",), also=("gatewayId",)
    ),
    "aws:ec2/securityGroup:SecurityGroup": Counterpart(
        "AWS::EC2::SecurityGroup", names={"GroupDescription": "description", "GroupName": "name"}
    ),
    "aws:ec2/subnet:Subnet": Counterpart("AWS::EC2::Subnet"),
    "aws:ec2/vpc:Vpc": Counterpart("AWS::EC2::VPC", absent=("VpcEncryptionControl",)),
    "aws:ec2/vpcEndpoint:VpcEndpoint": Counterpart("AWS::EC2::VPCEndpoint"),
    "aws:ecr/repository:Repository": Counterpart(
        "AWS::ECR::Repository",
        names={"RepositoryName": "name", "EncryptionConfiguration": "encryptionConfigurations"},
        # Below the list, and covered by it.
        absent=("EncryptionConfiguration/EncryptionType", "EncryptionConfiguration/KmsKey"),
    ),
    "aws:eks/accessEntry:AccessEntry": Counterpart("AWS::EKS::AccessEntry"),
    # A list in the access entry, in CloudFormation. internal/service/eks/access_policy_association.go.
    "aws:eks/accessPolicyAssociation:AccessPolicyAssociation": Counterpart(
        also=("accessScope", "clusterName", "policyArn", "principalArn")
    ),
    "aws:eks/addon:Addon": Counterpart("AWS::EKS::Addon"),
    # A node role that is given later replaces the cluster (pulumi/pulumi-aws#4885). Encryption can be added in place,
    # and not taken away (internal/service/eks/cluster.go): that it is said to replace is the careful half.
    "aws:eks/cluster:Cluster": Counterpart("AWS::EKS::Cluster", also=("computeConfig.nodeRoleArn",)),
    "aws:eks/podIdentityAssociation:PodIdentityAssociation": Counterpart("AWS::EKS::PodIdentityAssociation"),
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": Counterpart("AWS::IAM::OIDCProvider"),
    "aws:iam/policy:Policy": Counterpart("AWS::IAM::ManagedPolicy", names={"ManagedPolicyName": "name"}),
    "aws:iam/role:Role": Counterpart("AWS::IAM::Role", names={"RoleName": "name"}),
    "aws:iam/rolePolicy:RolePolicy": Counterpart(
        "AWS::IAM::RolePolicy", names={"PolicyName": "name", "RoleName": "role"}
    ),
    # A list in the role, in CloudFormation. internal/service/iam/role_policy_attachment.go.
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": Counterpart(also=("policyArn", "role")),
    "aws:kms/alias:Alias": Counterpart("AWS::KMS::Alias", names={"AliasName": "name"}),
    # CloudFormation refuses such a change (internal/service/kms/key.go: the provider makes another key).
    "aws:kms/key:Key": Counterpart("AWS::KMS::Key", also=("customerMasterKeySpec", "keyUsage", "multiRegion")),
    "aws:lb/listener:Listener": Counterpart("AWS::ElasticLoadBalancingV2::Listener"),
    "aws:lb/listenerRule:ListenerRule": Counterpart("AWS::ElasticLoadBalancingV2::ListenerRule"),
    "aws:lb/loadBalancer:LoadBalancer": Counterpart(
        "AWS::ElasticLoadBalancingV2::LoadBalancer", names={"Scheme": "internal", "Type": "loadBalancerType"}
    ),
    "aws:lb/targetGroup:TargetGroup": Counterpart("AWS::ElasticLoadBalancingV2::TargetGroup"),
    # internal/service/rds/instance.go: another subnet group is a modification there, and an engine, a zone, a snapshot
    # or a point in time belongs to one instance.
    "aws:rds/instance:Instance": Counterpart(
        "AWS::RDS::DBInstance",
        names={
            "CustomIAMInstanceProfile": "customIamInstanceProfile",
            "DBInstanceIdentifier": "identifier",
            "DBName": "dbName",
            "MasterUsername": "username",
        },
        absent=("DBClusterIdentifier", "DBSystemId", "SourceRegion"),
        in_place=("DBSubnetGroupName",),
        also=("availabilityZone", "engine", "restoreToPointInTime", "snapshotIdentifier"),
    ),
    "aws:rds/parameterGroup:ParameterGroup": Counterpart(
        "AWS::RDS::DBParameterGroup", names={"DBParameterGroupName": "name"}
    ),
    "aws:rds/subnetGroup:SubnetGroup": Counterpart("AWS::RDS::DBSubnetGroup", names={"DBSubnetGroupName": "name"}),
    # internal/service/route53/record.go: a record of another name is another record; its type changes in place.
    "aws:route53/record:Record": Counterpart(
        "AWS::Route53::RecordSet", names={"HostedZoneId": "zoneId"}, absent=("HostedZoneName",), also=("name",)
    ),
    "aws:s3/bucket:Bucket": Counterpart(
        "AWS::S3::Bucket", names={"BucketName": "bucket", "BucketNamePrefix": "bucketPrefix"}
    ),
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": _PART_OF_BUCKET,
    "aws:s3/bucketLogging:BucketLogging": _PART_OF_BUCKET,
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": _PART_OF_BUCKET,
    "aws:s3/bucketPolicy:BucketPolicy": Counterpart("AWS::S3::BucketPolicy"),
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": _PART_OF_BUCKET,
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": _PART_OF_BUCKET,
    "aws:s3/bucketVersioning:BucketVersioning": _PART_OF_BUCKET,
    "aws:secretsmanager/secret:Secret": Counterpart("AWS::SecretsManager::Secret"),
    "aws:sns/topic:Topic": Counterpart("AWS::SNS::Topic", names={"TopicName": "name"}),
    "aws:sns/topicSubscription:TopicSubscription": Counterpart("AWS::SNS::Subscription", names={"TopicArn": "topic"}),
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": Counterpart(
        "AWS::EC2::SecurityGroupEgress", names={"GroupId": "securityGroupId"}, in_place=_RULE_IN_PLACE
    ),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": Counterpart(
        "AWS::EC2::SecurityGroupIngress",
        names={"GroupId": "securityGroupId"},
        # Names of groups are of networks before VPCs; a group of another account has the account in its id.
        absent=("GroupName", "SourceSecurityGroupName", "SourceSecurityGroupOwnerId"),
        in_place=_RULE_IN_PLACE,
    ),
    "aws:wafv2/webAcl:WebAcl": Counterpart("AWS::WAFv2::WebACL"),
    "aws:wafv2/webAclAssociation:WebAclAssociation": Counterpart(
        "AWS::WAFv2::WebACLAssociation", names={"WebACLArn": "webAclArn"}
    ),
    "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration": Counterpart("AWS::WAFv2::LoggingConfiguration"),
}
