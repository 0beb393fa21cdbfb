"""The inputs of pulumi-aws's resources, as its own Python modules declare them."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from inspect import isclass
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import pulumi


@dataclass(frozen=True)
class Input:
    """One input of a resource: where it is, its names in the protocol and in Python, and what it holds."""

    path: tuple[str, ...]
    python: str
    holds: Literal["scalar", "scalars", "map", "block", "blocks"]

    @property
    def name(self) -> str:
        return self.path[-1]


def resource_type(module: str, name: str) -> str:
    """Pulumi's name of a class: ``aws:kms/key:Key``."""
    return f"aws:{module}/{name[0].lower()}{name[1:]}:{name}"


# What a stack may have: all that was compared with Terraform's schema.
_COMPARED = """
acm: Certificate CertificateValidation
cloudwatch: CompositeAlarm Dashboard EventRule EventTarget LogGroup LogMetricFilter LogResourcePolicy MetricAlarm
ec2: DefaultNetworkAcl DefaultRouteTable DefaultSecurityGroup Eip FlowLog InternetGateway NatGateway NetworkAcl Route
ec2: RouteTable RouteTableAssociation SecurityGroup Subnet Tag Vpc VpcBlockPublicAccessOptions VpcEndpoint
ec2: VpcEndpointRouteTableAssociation
ecr: LifecyclePolicy PullThroughCacheRule RegistryScanningConfiguration Repository RepositoryPolicy
eks: AccessEntry AccessPolicyAssociation Addon Cluster NodeGroup PodIdentityAssociation
iam: OpenIdConnectProvider Policy Role RolePoliciesExclusive RolePolicy RolePolicyAttachment
iam: RolePolicyAttachmentsExclusive
kms: Alias Key KeyPolicy
lb: Listener ListenerCertificate ListenerRule LoadBalancer TargetGroup TargetGroupAttachment
rds: EventSubscription Instance ParameterGroup SubnetGroup
route53: HealthCheck QueryLog Record Zone
s3: Bucket BucketLifecycleConfiguration BucketLogging BucketMetric BucketNotification BucketObjectLockConfiguration
s3: BucketOwnershipControls BucketPolicy BucketPublicAccessBlock BucketReplicationConfig
s3: BucketServerSideEncryptionConfiguration BucketVersioning
secretsmanager: Secret SecretPolicy SecretRotation SecretVersion
sns: Topic TopicPolicy TopicSubscription
ssm: Parameter
vpc: SecurityGroupEgressRule SecurityGroupIngressRule
wafv2: IpSet WebAcl WebAclAssociation WebAclLoggingConfiguration
"""
_CLASSES = [
    (module, name)
    for module, _, names in (line.partition(": ") for line in _COMPARED.strip().splitlines())
    for name in names.split()
]
TYPES: Mapping[str, tuple[str, str]] = {resource_type(module, name): (module, name) for module, name in _CLASSES}


def inputs_of(module: str, name: str) -> list[Input]:
    """All inputs of a resource, those within blocks too: once for each kind of block, as some hold themselves."""
    found = import_module(f"pulumi_aws.{module}")
    declared: type = getattr(found, name)
    own = sys.modules[declared.__module__]
    # Buckets have blocks of the same names as the resources that replaced them.
    arguments = getattr(own, f"{name}InitArgs", None) or getattr(own, f"{name}Args")
    return list(_inputs(arguments, (), set()))


def _inputs(declared: type, before: tuple[str, ...], seen: set[type]) -> Iterator[Input]:
    seen.add(declared)
    scope = {**vars(pulumi), **vars(sys.modules[declared.__module__])}
    for python, found in vars(declared).items():
        if not isinstance(found, property):
            continue
        getter: Any = found.fget
        hint = _plain(get_type_hints(getter, scope, {"Output": pulumi.Output, "T": Any})["return"])
        path = (*before, getattr(getter, "_pulumi_name", python))
        origin = get_origin(hint)
        block = _plain(get_args(hint)[0]) if _is(origin, Sequence) else hint
        nested = isclass(block) and block.__name__.endswith("Args")
        if _is(origin, Sequence):
            yield Input(path, python, "blocks" if nested else "scalars")
        elif _is(origin, Mapping):
            yield Input(path, python, "map")
        else:
            yield Input(path, python, "block" if nested else "scalar")
        if nested and block not in seen:
            yield from _inputs(block, path, seen)


def _is(origin: object, abstract: type) -> bool:
    return isclass(origin) and issubclass(origin, abstract)


def _plain(hint: Any) -> Any:
    """An annotation without ``Optional`` and ``Input``: the class of arguments, if a block may be given as one."""
    while get_origin(hint) in {Union, UnionType}:
        choices = [choice for choice in get_args(hint) if _may_hold(choice)]
        classes = [choice for choice in choices if isclass(choice) and choice.__name__.endswith("Args")]
        # A policy can be given as text.
        hint = str if str in choices else (classes or choices)[0]
    return hint


def _may_hold(choice: object) -> bool:
    origin = get_origin(choice) or choice
    return choice is not type(None) and getattr(origin, "__name__", "") not in {"Awaitable", "Output"}
