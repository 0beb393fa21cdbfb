"""Resources of AWS."""

from __future__ import annotations

from portal.aws.creation_times import TIMES
from portal.graph.provider import Provider

# In the account of AWS's own examples, in a region that people know from them.
_ARN = "arn:aws:{}:eu-central-1:111122223333:{}"
_IAM_ARN = "arn:aws:iam::111122223333:{}"
_KEY_ID = "1234abcd-12ab-34cd-56ef-1234567890ab"

PROVIDER = Provider(
    computed={
        "aws:acm/certificate:Certificate": {
            "arn": _ARN.format("acm", "certificate/12345678-1234-1234-1234-123456789012"),
            "domainValidationOptions": [
                {
                    "domainName": "portal.acme.example",
                    "resourceRecordName": "_a1b2c3.portal.acme.example.",
                    "resourceRecordType": "CNAME",
                    "resourceRecordValue": "_d4e5f6.acm-validations.aws.",
                }
            ],
        },
        "aws:acm/certificateValidation:CertificateValidation": {},
        "aws:cloudwatch/dashboard:Dashboard": {
            "dashboardArn": "arn:aws:cloudwatch::111122223333:dashboard/known-dashboard"
        },
        "aws:cloudwatch/logGroup:LogGroup": {"arn": _ARN.format("logs", "log-group:known-group")},
        "aws:cloudwatch/metricAlarm:MetricAlarm": {"arn": _ARN.format("cloudwatch", "alarm:known-alarm")},
        "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": {
            "arn": _ARN.format("ec2", "security-group/sg-0123456789abcdef0")
        },
        "aws:ec2/eip:Eip": {"allocationId": "eipalloc-0123456789abcdef0", "publicIp": "203.0.113.10"},
        "aws:ec2/flowLog:FlowLog": {"arn": _ARN.format("ec2", "vpc-flow-log/fl-0123456789abcdef0")},
        "aws:ec2/internetGateway:InternetGateway": {
            "arn": _ARN.format("ec2", "internet-gateway/igw-0123456789abcdef0")
        },
        "aws:ec2/natGateway:NatGateway": {"publicIp": "203.0.113.10"},
        "aws:ec2/route:Route": {"state": "active"},
        "aws:ec2/routeTable:RouteTable": {"arn": _ARN.format("ec2", "route-table/rtb-0123456789abcdef0")},
        "aws:ec2/routeTableAssociation:RouteTableAssociation": {},
        "aws:ec2/securityGroup:SecurityGroup": {"arn": _ARN.format("ec2", "security-group/sg-0123456789abcdef0")},
        "aws:ec2/subnet:Subnet": {"arn": _ARN.format("ec2", "subnet/subnet-0123456789abcdef0")},
        "aws:ec2/vpc:Vpc": {
            "arn": _ARN.format("ec2", "vpc/vpc-0123456789abcdef0"),
            "defaultSecurityGroupId": "sg-0123456789abcdef0",
            "mainRouteTableId": "rtb-0123456789abcdef0",
        },
        "aws:ec2/vpcEndpoint:VpcEndpoint": {
            "arn": _ARN.format("ec2", "vpc-endpoint/vpce-0123456789abcdef0"),
            "prefixListId": "pl-0123456789abcdef0",
        },
        "aws:ecr/lifecyclePolicy:LifecyclePolicy": {"registryId": "111122223333"},
        "aws:ecr/repository:Repository": {
            "arn": _ARN.format("ecr", "repository/known-repository"),
            "registryId": "111122223333",
            "repositoryUrl": "111122223333.dkr.ecr.eu-central-1.amazonaws.com/known-repository",
        },
        "aws:eks/accessEntry:AccessEntry": {
            "accessEntryArn": _ARN.format("eks", "access-entry/known-cluster/role/111122223333/known-role/known-id")
        },
        "aws:eks/accessPolicyAssociation:AccessPolicyAssociation": {},
        "aws:eks/cluster:Cluster": {
            "arn": _ARN.format("eks", "cluster/known-cluster"),
            "certificateAuthority.data": "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t",
            "endpoint": "https://0123456789ABCDEF0123456789ABCDEF.gr7.eu-central-1.eks.amazonaws.com",
            "status": "ACTIVE",
            "vpcConfig.clusterSecurityGroupId": "sg-0123456789abcdef0",
        },
        "aws:eks/podIdentityAssociation:PodIdentityAssociation": {
            "associationArn": _ARN.format("eks", "podidentityassociation/known-cluster/a-0123456789abcdef0"),
            "associationId": "a-0123456789abcdef0",
        },
        "aws:iam/openIdConnectProvider:OpenIdConnectProvider": {
            "arn": _IAM_ARN.format("oidc-provider/token.actions.githubusercontent.com")
        },
        "aws:iam/policy:Policy": {"arn": _IAM_ARN.format("policy/known-policy"), "policyId": "ANPA0123456789ABCDEFG"},
        "aws:iam/role:Role": {
            "arn": _IAM_ARN.format("role/known-role"),
            "name": "known-role",
            "uniqueId": "AROA0123456789ABCDEFG",
        },
        "aws:iam/rolePolicy:RolePolicy": {},
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment": {},
        "aws:kms/alias:Alias": {"arn": _ARN.format("kms", "alias/known-alias")},
        "aws:kms/key:Key": {"arn": _ARN.format("kms", f"key/{_KEY_ID}"), "keyId": _KEY_ID},
        "aws:lb/listener:Listener": {
            "arn": _ARN.format("elasticloadbalancing", "listener/app/known/0123456789abcdef/0123456789abcdef")
        },
        "aws:lb/loadBalancer:LoadBalancer": {
            "arn": _ARN.format("elasticloadbalancing", "loadbalancer/app/known/0123456789abcdef"),
            "arnSuffix": "app/known/0123456789abcdef",
            "dnsName": "known-1234567890.eu-central-1.elb.amazonaws.com",
            "zoneId": "Z215JYRZR1TBD5",
        },
        "aws:lb/targetGroup:TargetGroup": {
            "arn": _ARN.format("elasticloadbalancing", "targetgroup/known/0123456789abcdef"),
            "arnSuffix": "targetgroup/known/0123456789abcdef",
        },
        "aws:rds/instance:Instance": {
            "address": "known-database.c0ffee000000.eu-central-1.rds.amazonaws.com",
            "arn": _ARN.format("rds", "db:known-database"),
            "endpoint": "known-database.c0ffee000000.eu-central-1.rds.amazonaws.com:5432",
            "hostedZoneId": "Z1RLNUO7B9Q6NB",
            "masterUserSecrets": [
                {
                    "kmsKeyId": _ARN.format("kms", f"key/{_KEY_ID}"),
                    "secretArn": _ARN.format(
                        "secretsmanager", "secret:rds!db-12345678-1234-1234-1234-123456789012-AbCdEf"
                    ),
                    "secretStatus": "active",
                }
            ],
            "resourceId": "db-ABCDEFGHIJKLMNOPQRSTUVWXYZ",
            "status": "available",
        },
        "aws:rds/parameterGroup:ParameterGroup": {
            "arn": _ARN.format("rds", "pg:known-parameters"),
            "name": "known-parameters",
        },
        "aws:rds/subnetGroup:SubnetGroup": {
            "arn": _ARN.format("rds", "subgrp:known-subnets"),
            "name": "known-subnets",
            "vpcId": "vpc-0123456789abcdef0",
        },
        "aws:route53/record:Record": {"fqdn": "portal.acme.example"},
        "aws:s3/bucket:Bucket": {
            "arn": "arn:aws:s3:::known-bucket",
            "bucket": "known-bucket",
            "bucketRegionalDomainName": "known-bucket.s3.eu-central-1.amazonaws.com",
        },
        "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": {},
        "aws:s3/bucketLogging:BucketLogging": {},
        "aws:s3/bucketOwnershipControls:BucketOwnershipControls": {},
        "aws:s3/bucketPolicy:BucketPolicy": {},
        "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": {},
        "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": {},
        "aws:s3/bucketVersioning:BucketVersioning": {},
        "aws:sns/topic:Topic": {"arn": _ARN.format("sns", "known-topic")},
        "aws:sns/topicPolicy:TopicPolicy": {},
        "aws:sns/topicSubscription:TopicSubscription": {
            "arn": _ARN.format("sns", "known-topic:12345678-1234-1234-1234-123456789012")
        },
        "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": {"securityGroupRuleId": "sgr-0123456789abcdef0"},
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": {"securityGroupRuleId": "sgr-0123456789abcdef0"},
        "aws:wafv2/webAcl:WebAcl": {
            "arn": _ARN.format("wafv2", "regional/webacl/known/12345678-1234-1234-1234-123456789012")
        },
        "aws:wafv2/webAclAssociation:WebAclAssociation": {},
        "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration": {},
    },
    kept={
        "aws:ecr/repository:Repository": {"forceDelete": False},
        # What a key encrypted goes with it.
        "aws:kms/key:Key": {},
        "aws:rds/instance:Instance": {
            "deletionProtection": True,
            "skipFinalSnapshot": False,
            "deleteAutomatedBackups": False,
        },
        "aws:s3/bucket:Bucket": {},
    },
    secret={
        "aws:lb/listener:Listener": ("defaultActions.authenticateOidc.clientSecret",),
        "aws:rds/instance:Instance": ("password", "passwordWo"),
    },
    times=TIMES,
)
