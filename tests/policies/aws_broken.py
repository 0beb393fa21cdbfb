"""Graphs with one thing wrong on AWS, by the key of the control that must notice."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from portal.graph.model import Graph, Resource
from tests.policies.sample import ISSUER

Mutant = Callable[[Graph], Graph]


def edited(kind: str, name: str, edit: Callable[[Any], object]) -> Mutant:
    """A graph in which the inputs of one resource are edited. It fails if there is no such resource."""

    def mutant(graph: Graph) -> Graph:
        (one,) = [r for r in graph if r.type.endswith(f":{kind}") and r.name == name]
        inputs = copy.deepcopy(dict(one.inputs))
        edit(inputs)
        return replace(graph, resources={**graph.resources, one.urn: replace(one, inputs=inputs)})

    return mutant


def set_to(kind: str, name: str, **changed: object) -> Mutant:
    """A graph in which some inputs of one resource have other values."""
    return edited(kind, name, lambda inputs: inputs.update(changed))


def without(kind: str, name: str) -> Mutant:
    """A graph without one resource."""

    def mutant(graph: Graph) -> Graph:
        (gone,) = [r.urn for r in graph if r.type.endswith(f":{kind}") and r.name == name]
        return replace(graph, resources={urn: r for urn, r in graph.resources.items() if urn != gone})

    return mutant


def added(like: str, name: str, **inputs: object) -> Mutant:
    """A graph with one more resource, of the type of another one."""

    def mutant(graph: Graph) -> Graph:
        model = next(r for r in graph if r.type.endswith(f":{like}"))
        one = replace(model, urn=f"{model.urn}-{name}", name=name, inputs=inputs, property_dependencies={})
        return replace(graph, resources={**graph.resources, one.urn: one})

    return mutant


def statement(kind: str, name: str, place: str = "policy", **changed: object) -> Mutant:
    """A graph in which the first statement of a policy says something else."""

    def edit(inputs: Any) -> None:
        document = json.loads(inputs[place])
        document["Statement"][0].update(changed)
        inputs[place] = json.dumps(document)

    return edited(kind, name, edit)


def new_type(kind: str, name: str, **inputs: object) -> Mutant:
    """A graph with a resource of a type that it does not have yet."""

    def mutant(graph: Graph) -> Graph:
        one = Resource(f"urn:pulumi:prod::portal::{kind}::{name}", kind, name, "", True, "", inputs)
        return replace(graph, resources={**graph.resources, one.urn: one})

    return mutant


def _everybody_at(port: int, **source: str) -> Mutant:
    given: dict[str, object] = {"fromPort": port, "toPort": port, "ipProtocol": "tcp", "description": "A mistake"}
    return added("SecurityGroupIngressRule", "mistake", **given, **(source or {"cidrIpv4": "0.0.0.0/0"}))


def _attached_boundary(graph: Graph) -> Graph:
    (boundary,) = [r.urn for r in graph if r.name == "boundary" and r.type.endswith(":Policy")]
    (one,) = [r for r in graph if r.name == "deployer-rights" and r.type.endswith(":RolePolicyAttachment")]
    attached = replace(one, property_dependencies={**one.property_dependencies, "policyArn": (boundary,)})
    return replace(graph, resources={**graph.resources, one.urn: attached})


_DATABASE = ("Instance", "database")
_BALANCER = ("LoadBalancer", "portal-prod")
_BLOCK = ("BucketPublicAccessBlock", "portal-prod-docs-public-access")
_CLUSTER = ("Cluster", "cluster")
_INLINE = ("RolePolicy", "portal-prod-portal-identity-rights")
_MANAGED = ("Policy", "deployer-rights")
_ROLE = ("Role", "portal-prod-portal-identity-role")

BROKEN: dict[str, Mutant] = {
    "Everything is tagged by the provider": set_to("aws", "aws", defaultTags="{}"),
    "Only one account is deployed to": edited("aws", "aws", lambda i: i.pop("allowedAccountIds")),
    "Only one region is deployed to": edited("aws", "aws", lambda i: i.pop("region")),
    "No resource is in another region": set_to("Bucket", "portal-prod-docs-bucket", region="us-east-1"),
    "EC2.2": set_to("DefaultSecurityGroup", "unused", ingress=[{"protocol": "-1", "self": True}]),
    "EC2.6": without("FlowLog", "flow-log"),
    "EC2.10": set_to("VpcEndpoint", "endpoint-ec2", serviceName="com.amazonaws.eu-central-1.sqs"),
    "CIS 6.8": without("VpcEndpoint", "endpoint-ec2"),
    "EC2.13": _everybody_at(22),
    "EC2.14": _everybody_at(3389),
    "EC2.15": set_to("Subnet", "subnet", mapPublicIpOnLaunch=True),
    "EC2.18": _everybody_at(7007),
    "EC2.19": _everybody_at(5432),
    "CIS 6.3": _everybody_at(22),
    "CIS 6.4": _everybody_at(3389, cidrIpv6="::/0"),
    "No security group lets its members reach everything": added(
        "SecurityGroupEgressRule", "mistake", cidrIpv4="0.0.0.0/0", ipProtocol="-1"
    ),
    "Rules of security groups are resources of their own": set_to(
        "SecurityGroup", "portal-prod-address-security-group", egress=[{"protocol": "-1", "cidrBlocks": ["0.0.0.0/0"]}]
    ),
    "Every rule of a security group says what it is for": edited(
        "SecurityGroupIngressRule", "portal-prod-address-from-0-443", lambda i: i.pop("description")
    ),
    "EKS.1": edited(
        *_CLUSTER, lambda i: i["vpcConfig"].update(endpointPublicAccess=True, publicAccessCidrs=["192.0.2.0/24"])
    ),
    "Not everybody on the internet reaches the API server of a cluster": edited(
        *_CLUSTER, lambda i: i["vpcConfig"].pop("endpointPublicAccess")
    ),
    "EKS.2": set_to(*_CLUSTER, version="1.29"),
    "EKS.3": edited(*_CLUSTER, lambda i: i.pop("encryptionConfig")),
    "EKS.8": set_to(*_CLUSTER, enabledClusterLogTypes=["api", "authenticator"]),
    "Nobody has rights in a cluster because they made it": edited(
        *_CLUSTER, lambda i: i["accessConfig"].pop("bootstrapClusterCreatorAdminPermissions")
    ),
    "All who have rights in a cluster are listed in AWS": edited(
        *_CLUSTER, lambda i: i["accessConfig"].update(authenticationMode="API_AND_CONFIG_MAP")
    ),
    "RDS.2": set_to(*_DATABASE, publiclyAccessible=True),
    "RDS.3": edited(*_DATABASE, lambda i: i.pop("storageEncrypted")),
    "RDS.5": set_to(*_DATABASE, multiAz=False),
    "RDS.6": set_to(*_DATABASE, monitoringInterval=0),
    "RDS.8": set_to(*_DATABASE, deletionProtection=False),
    "RDS.9": set_to(*_DATABASE, enabledCloudwatchLogsExports=["postgresql"]),
    "RDS.36": set_to(*_DATABASE, enabledCloudwatchLogsExports=["upgrade"]),
    "RDS.10": edited(*_DATABASE, lambda i: i.pop("iamDatabaseAuthenticationEnabled")),
    "RDS.11": set_to(*_DATABASE, backupRetentionPeriod=1),
    "RDS.13": set_to(*_DATABASE, autoMinorVersionUpgrade=False),
    "RDS.17": edited(*_DATABASE, lambda i: i.pop("copyTagsToSnapshot")),
    "RDS.18": edited(*_DATABASE, lambda i: i.pop("dbSubnetGroupName")),
    "RDS.25": set_to(*_DATABASE, username="postgres"),
    "RDS.38": set_to("ParameterGroup", "database-parameters", parameters=[{"name": "rds.force_ssl", "value": "0"}]),
    "SecretsManager.1": set_to(*_DATABASE, manageMasterUserPassword=False, password="[secret]"),
    "What is needed to restore a database outlives it": edited(*_DATABASE, lambda i: i.pop("deleteAutomatedBackups")),
    "S3.2": set_to(*_BLOCK, ignorePublicAcls=False),
    "S3.3": set_to(*_BLOCK, blockPublicAcls=False),
    "S3.8": set_to(*_BLOCK, blockPublicPolicy=False),
    "S3.5": statement("BucketPolicy", "portal-prod-docs-policy", Condition={"Bool": {"aws:SecureTransport": "true"}}),
    "S3.6": statement(
        "BucketPolicy",
        "portal-prod-docs-policy",
        Effect="Allow",
        Action="s3:PutBucketPolicy",
        Principal={"AWS": "arn:aws:iam::999999999999:root"},
    ),
    "S3.9": without("BucketLogging", "portal-prod-docs-logs"),
    "S3.12": set_to("BucketOwnershipControls", "portal-prod-docs-ownership", rule={"objectOwnership": "ObjectWriter"}),
    "S3.13": edited(
        "BucketLifecycleConfiguration", "portal-prod-docs-lifecycle", lambda i: i["rules"][0].update(status="Disabled")
    ),
    "S3.14": set_to("BucketVersioning", "portal-prod-docs-versioning", versioningConfiguration={"status": "Suspended"}),
    "S3.17": set_to(
        "BucketServerSideEncryptionConfiguration",
        "portal-prod-docs-encryption",
        rules=[{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}],
    ),
    "ELB.1": set_to("Listener", "portal-prod-address-http", defaultActions=[{"type": "forward"}]),
    "ELB.4": edited(*_BALANCER, lambda i: i.pop("dropInvalidHeaderFields")),
    "ELB.5": edited(*_BALANCER, lambda i: i.pop("accessLogs")),
    "ELB.6": set_to(*_BALANCER, enableDeletionProtection=False),
    "ELB.12": set_to(*_BALANCER, desyncMitigationMode="monitor"),
    "ELB.13": edited(*_BALANCER, lambda i: i.update(subnets=i["subnets"][:1])),
    "ELB.16": without("WebAclAssociation", "portal-prod-address-firewall-association"),
    "ELB.17": set_to("Listener", "portal-prod-address-https", sslPolicy="ELBSecurityPolicy-2016-08"),
    "ACM.2": set_to("Certificate", "portal-prod-address-certificate", keyAlgorithm="RSA_1024"),
    "WAF.10": set_to("WebAcl", "portal-prod-address-firewall", rules=[]),
    "WAF.11": without("WebAclLoggingConfiguration", "portal-prod-address-firewall-logging"),
    "WAF.12": edited(
        "WebAcl",
        "portal-prod-address-firewall",
        lambda i: i["rules"][1]["visibilityConfig"].update(cloudwatchMetricsEnabled=False),
    ),
    "IAM.1": statement(*_INLINE, Action="*", Resource="*"),
    "IAM.21": statement(*_INLINE, Action=["s3:*"]),
    "KMS.1": statement(*_MANAGED, Action=["kms:Decrypt"]),
    "KMS.2": statement(*_INLINE, Action="kms:De*", Resource="arn:aws:kms:eu-central-1:111122223333:key/*"),
    "Policies name the resource `*` only where AWS has no resource level": statement(*_INLINE, Resource=["*"]),
    "Services and single federated identities take roles, and nobody else": statement(
        "Role",
        "deployer",
        "assumeRolePolicy",
        Condition={"StringEquals": {f"{ISSUER}:aud": "sts.amazonaws.com"}, "StringLike": {f"{ISSUER}:sub": "repo:*"}},
    ),
    "All roles of a portal have the same boundary, if one has one": added(
        "Role", "mistake", path="/portal/prod/", assumeRolePolicy="[unknown]"
    ),
    "A boundary limits roles, and gives no rights": _attached_boundary,
    "Policies are documents that AWS accepts": set_to(*_INLINE, policy='{"Version": "2012-10-17"}'),
    "CIS 2.21": statement("BucketPolicy", "portal-prod-docs-policy", Effect="Allow"),
    "KMS.3": set_to("Key", "portal-prod-key", deletionWindowInDays=7),
    "KMS.4": edited("Key", "portal-prod-key", lambda i: i.pop("enableKeyRotation")),
    "KMS.5": statement("Key", "portal-prod-key", Principal={"AWS": "*"}),
    "ECR.1": edited("Repository", "images", lambda i: i.pop("imageScanningConfiguration")),
    "ECR.2": set_to("Repository", "images", imageTagMutability="MUTABLE"),
    "ECR.3": without("LifecyclePolicy", "images-lifecycle"),
    "ECR.5": edited("Repository", "images", lambda i: i.pop("encryptionConfigurations")),
    "SNS.1": edited("Topic", "portal-prod-alarms-topic", lambda i: i.pop("kmsMasterKeyId")),
    "SNS.4": statement("TopicPolicy", "portal-prod-alarms-topic-policy", Principal="*"),
    "CloudWatch.16": edited("LogGroup", "portal-prod-address-firewall-log", lambda i: i.pop("retentionInDays")),
    "Logs are encrypted with a key of KMS": edited("LogGroup", "cluster-logs", lambda i: i.pop("kmsKeyId")),
}

# More ways to do wrong what one mutant of a control does not show.
ALSO: list[tuple[str, Mutant]] = [
    ("EC2.2", without("DefaultSecurityGroup", "unused")),
    ("EC2.6", set_to("FlowLog", "flow-log", trafficType="ACCEPT")),
    ("EC2.13", added("SecurityGroupIngressRule", "mistake", cidrIpv6="::/0", ipProtocol="-1")),
    (
        "EC2.13",
        set_to(
            "SecurityGroup",
            "portal-prod-address-security-group",
            ingress=[{"protocol": "tcp", "fromPort": 0, "toPort": 1024, "cidrBlocks": ["0.0.0.0/0"]}],
        ),
    ),
    (
        "EC2.13",
        new_type(
            "aws:ec2/securityGroupRule:SecurityGroupRule",
            "mistake",
            type="ingress",
            protocol="tcp",
            fromPort=22,
            toPort=22,
            cidrBlocks=["0.0.0.0/0"],
        ),
    ),
    (
        "EC2.18",
        added("SecurityGroupIngressRule", "mistake", cidrIpv4="0.0.0.0/0", fromPort=80, toPort=443, ipProtocol="tcp"),
    ),
    ("RDS.38", without("ParameterGroup", "database-parameters")),
    ("SecretsManager.1", new_type("aws:secretsmanager/secret:Secret", "password")),
    ("S3.5", without("BucketPolicy", "portal-prod-docs-policy")),
    ("S3.8", without("BucketPublicAccessBlock", "portal-prod-docs-public-access")),
    ("S3.14", without("BucketVersioning", "portal-prod-docs-versioning")),
    ("S3.17", without("BucketServerSideEncryptionConfiguration", "portal-prod-docs-encryption")),
    (
        "IAM.1",
        edited(
            "RolePolicyAttachment",
            "deployer-rights",
            lambda i: i.update(policyArn="arn:aws:iam::aws:policy/AdministratorAccess"),
        ),
    ),
    ("IAM.1", statement(*_MANAGED, Action="*", Resource="*")),
    ("IAM.21", set_to(*_ROLE, inlinePolicies=[{"policy": '{"Statement": {"Effect": "Allow", "Action": "iam:*"}}'}])),
    (
        "Services and single federated identities take roles, and nobody else",
        statement(*_ROLE, "assumeRolePolicy", Principal="*"),
    ),
    (
        "Services and single federated identities take roles, and nobody else",
        statement(*_ROLE, "assumeRolePolicy", Principal={"AWS": "arn:aws:iam::999999999999:root"}),
    ),
    (
        "Services and single federated identities take roles, and nobody else",
        statement(
            "Role",
            "deployer",
            "assumeRolePolicy",
            Condition={"StringEquals": {f"{ISSUER}:aud": "sts.amazonaws.com", f"{ISSUER}:sub": "repo:acme/*"}},
        ),
    ),
    *(
        (
            "Services and single federated identities take roles, and nobody else",
            statement(
                "Role",
                "deployer",
                "assumeRolePolicy",
                Condition={
                    "StringEquals": {f"{ISSUER}:aud": "sts.amazonaws.com"},
                    "StringLike": {f"{ISSUER}:sub": ["repo:acme/*:environment:docs", pattern]},
                },
            ),
        )
        for pattern in ("*", "repo:*/service:ref:refs/heads/main", "repo:acme*/*:ref:refs/heads/main", "repo:acme/*")
    ),
    (
        "Services and single federated identities take roles, and nobody else",
        statement(
            "Role",
            "deployer",
            "assumeRolePolicy",
            Condition={"StringLike": {f"{ISSUER}:aud": "*", f"{ISSUER}:sub": "repo:acme/*:ref:refs/heads/main"}},
        ),
    ),
    (
        "All roles of a portal have the same boundary, if one has one",
        added("Role", "mistake", path="/portal/prod/", permissionsBoundary="arn:aws:iam::111122223333:policy/other"),
    ),
    (
        "Policies name the resource `*` only where AWS has no resource level",
        statement(*_MANAGED, Action=["kms:TagResource"]),
    ),
    (
        "Policies name the resource `*` only where AWS has no resource level",
        statement(*_INLINE, Resource="arn:aws:*:*:*:*"),
    ),
    (
        "IAM.1",
        edited(
            *_INLINE,
            lambda i: i.update(policy='{"Statement": [{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}]}'),
        ),
    ),
    ("ELB.17", edited("Listener", "portal-prod-address-https", lambda i: i.pop("sslPolicy"))),
]
