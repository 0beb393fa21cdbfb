"""Changes that make a good graph bad, each with the check of checkov that has to notice it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from portal.graph.model import Graph, Resource

_ANYONE = {"Effect": "Allow", "Principal": {"AWS": "*"}}


def _document(statement: Mapping[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@dataclass(frozen=True)
class Spoil:
    """One change to all resources of a type. Without inputs, there are none of them. None takes an input away.

    ``checks`` are the ids of what has to notice it, with blanks between them.
    """

    checks: str
    type: str
    inputs: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def __str__(self) -> str:
        what = ",".join(self.inputs) or "none"
        return f"{self.checks}:{self.type.rsplit(':', 1)[-1]}.{what}"

    def apply(self, graph: Graph) -> Graph:
        """The graph with this change."""
        resources = dict(graph.resources)
        for urn, resource in graph.resources.items():
            if resource.type == self.type:
                del resources[urn]
                if self.inputs:
                    resources[urn] = self._spoiled(resource)
        return replace(graph, resources=resources)

    def _spoiled(self, resource: Resource) -> Resource:
        kept = {name: value for name, value in resource.inputs.items() if name not in self.inputs}
        given = {name: value for name, value in self.inputs.items() if value is not None}
        needs = {name: urns for name, urns in resource.property_dependencies.items() if name in kept}
        return replace(resource, inputs={**kept, **given}, property_dependencies=needs)


def spoiled_twin(graph: Graph, spoils: Iterable[Spoil]) -> Graph:
    """The graph with as many of the changes as do not undo each other."""
    changed: set[tuple[str, str]] = set()
    touched: set[str] = set()
    for spoil in spoils:
        ours = {(spoil.type, name) for name in spoil.inputs}
        if ours & changed or (not ours and spoil.type in touched):
            continue
        graph = spoil.apply(graph)
        changed |= ours
        touched.add(spoil.type)
    return graph


_BALANCER = "aws:lb/loadBalancer:LoadBalancer"
_BLOCK = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
_DATABASE = "aws:rds/instance:Instance"
_EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
_ENCRYPTION = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
_INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
_KEY = "aws:kms/key:Key"
_LIFECYCLE = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
_LISTENER = "aws:lb/listener:Listener"
_LOGS = "aws:cloudwatch/logGroup:LogGroup"
_PARAMETERS = "aws:rds/parameterGroup:ParameterGroup"
_ROLE = "aws:iam/role:Role"
_ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
# Without ports, which AWS allows for "-1", checkov does not look at such a rule (3.3.30).
_EVERYTHING = {"ipProtocol": "-1", "fromPort": -1, "toPort": -1}
_FROM_ANYWHERE = {"cidrIpv4": "0.0.0.0/0", "ipProtocol": "tcp", "referencedSecurityGroupId": None}
_PLAIN = [{"type": "fixed-response", "fixedResponse": {"contentType": "text/plain", "statusCode": "200"}}]

SPOILS = (
    Spoil("CKV_AWS_7", _KEY, {"enableKeyRotation": False}),
    Spoil("CKV_AWS_33", _KEY, {"policy": _document({**_ANYONE, "Action": "kms:*", "Resource": "*"})}),
    Spoil("CKV2_AWS_64", _KEY, {"policy": None}),
    Spoil("CKV_AWS_18", "aws:s3/bucketLogging:BucketLogging"),
    Spoil(
        "CKV_AWS_21",
        "aws:s3/bucketVersioning:BucketVersioning",
        {"versioningConfiguration": {"status": "Suspended"}},
    ),
    Spoil("CKV_AWS_53", _BLOCK, {"blockPublicAcls": False}),
    Spoil("CKV_AWS_54", _BLOCK, {"blockPublicPolicy": False}),
    Spoil("CKV_AWS_55", _BLOCK, {"ignorePublicAcls": False}),
    Spoil("CKV_AWS_56", _BLOCK, {"restrictPublicBuckets": False}),
    Spoil("CKV2_AWS_6", _BLOCK),
    Spoil(
        "CKV_AWS_70",
        "aws:s3/bucketPolicy:BucketPolicy",
        {"policy": _document({**_ANYONE, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::acme-portal-docs/*"})},
    ),
    Spoil(
        "CKV_AWS_145",
        _ENCRYPTION,
        {"rules": [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}]},
    ),
    Spoil("CKV_AWS_300", _LIFECYCLE, {"rules": [{"id": "one", "status": "Enabled", "expiration": {"days": 30}}]}),
    Spoil("CKV2_AWS_61", _LIFECYCLE),
    Spoil(
        "CKV2_AWS_65",
        "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
        {"rule": {"objectOwnership": "ObjectWriter"}},
    ),
    Spoil("CKV_AWS_16", _DATABASE, {"storageEncrypted": False}),
    Spoil("CKV_AWS_17", _DATABASE, {"publiclyAccessible": True}),
    Spoil("CKV_AWS_118", _DATABASE, {"monitoringInterval": 0}),
    Spoil("CKV_AWS_129", _DATABASE, {"enabledCloudwatchLogsExports": None}),
    Spoil("CKV_AWS_133", _DATABASE, {"backupRetentionPeriod": 0}),
    Spoil("CKV_AWS_157", _DATABASE, {"multiAz": False}),
    Spoil("CKV_AWS_161", _DATABASE, {"iamDatabaseAuthenticationEnabled": False}),
    Spoil("CKV_AWS_211", _DATABASE, {"caCertIdentifier": "rds-ca-2015"}),
    Spoil("CKV_AWS_226", _DATABASE, {"autoMinorVersionUpgrade": False}),
    Spoil("CKV_AWS_293", _DATABASE, {"deletionProtection": False}),
    Spoil("CKV_AWS_353", _DATABASE, {"performanceInsightsEnabled": False}),
    Spoil("CKV_AWS_354", _DATABASE, {"performanceInsightsKmsKeyId": None}),
    Spoil("CKV2_AWS_60", _DATABASE, {"copyTagsToSnapshot": False}),
    # It looks for a parameter group, and takes any (3.3.30).
    Spoil("CKV2_AWS_30", _DATABASE, {"parameterGroupName": None}),
    Spoil("CKV2_AWS_69", _PARAMETERS, {"parameters": [{"name": "rds.force_ssl", "value": "0"}]}),
    Spoil("CKV_AWS_91", _BALANCER, {"accessLogs": None}),
    Spoil("CKV_AWS_131", _BALANCER, {"dropInvalidHeaderFields": False}),
    Spoil("CKV_AWS_150", _BALANCER, {"enableDeletionProtection": False}),
    Spoil("CKV_AWS_328", _BALANCER, {"desyncMitigationMode": "monitor"}),
    Spoil("CKV_AWS_2 CKV2_AWS_20", _LISTENER, {"protocol": "HTTP", "defaultActions": _PLAIN}),
    Spoil("CKV_AWS_103 CKV2_AWS_74", _LISTENER, {"sslPolicy": "ELBSecurityPolicy-2016-08"}),
    Spoil("CKV_AWS_261", "aws:lb/targetGroup:TargetGroup", {"healthCheck": None}),
    Spoil("CKV_AWS_23", _INGRESS, {"description": None}),
    Spoil("CKV_AWS_24", _INGRESS, {**_FROM_ANYWHERE, "fromPort": 22, "toPort": 22}),
    Spoil("CKV_AWS_25", _INGRESS, {**_FROM_ANYWHERE, "fromPort": 3389, "toPort": 3389}),
    Spoil("CKV_AWS_260", _INGRESS, {**_FROM_ANYWHERE, "fromPort": 80, "toPort": 80}),
    Spoil("CKV_AWS_277", _INGRESS, {**_FROM_ANYWHERE, **_EVERYTHING}),
    Spoil("CKV_AWS_382", _EGRESS, {**_FROM_ANYWHERE, **_EVERYTHING}),
    Spoil("CKV2_AWS_5", _BALANCER, {"securityGroups": None}),
    Spoil("CKV_AWS_60", _ROLE, {"assumeRolePolicy": _document({**_ANYONE, "Action": "sts:AssumeRole"})}),
    Spoil(
        "CKV_AWS_61",
        _ROLE,
        {
            "assumeRolePolicy": _document(
                {
                    "Effect": "Allow",
                    "Principal": {"AWS": "arn:aws:iam::111122223333:root"},
                    "Action": "sts:AssumeRole",
                }
            )
        },
    ),
    Spoil(
        "CKV_AWS_274",
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
        {"policyArn": "arn:aws:iam::aws:policy/AdministratorAccess"},
    ),
    *(
        Spoil(checks, _ROLE_POLICY, {"policy": _document({"Effect": "Allow", "Action": action, "Resource": "*"})})
        for checks, action in {
            "CKV_AWS_62 CKV_AWS_63": "*",
            "CKV_AWS_286": "iam:CreateAccessKey",
            "CKV_AWS_287": "sts:GetFederationToken",
            "CKV_AWS_288 CKV_AWS_355": "s3:GetObject",
            "CKV_AWS_289": "iam:AttachRolePolicy",
            "CKV_AWS_290": "rds:DeleteDBInstance",
        }.items()
    ),
    Spoil("CKV_AWS_66", _LOGS, {"retentionInDays": None}),
    Spoil("CKV_AWS_158", _LOGS, {"kmsKeyId": None}),
    Spoil("CKV_AWS_338", _LOGS, {"retentionInDays": 30}),
)
