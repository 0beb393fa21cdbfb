"""Which changed fields make an engine replace an object, and which ones the API server refuses.

A Kubernetes object is named by its kind (``Deployment``), a resource of AWS by its whole type
(``aws:rds/instance:Instance``), whose replacing inputs are in :mod:`portal.aws.create_only`.

Pulumi's provider deletes and creates an object if one of certain fields changes. If the API server forbids a change and
the provider does not know that, the update fails.

Sources for Kubernetes: pulumi-kubernetes, provider/pkg/provider/diff.go (forceNew properties); Kubernetes,
pkg/apis/apps/validation (ValidateStatefulSetUpdate) and pkg/apis/core/validation
(ValidatePersistentVolumeClaimUpdate).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from portal.aws.create_only import replaces
from portal.base.quantity import quantity
from portal.base.yaml_document import KeyPath


class Effect(StrEnum):
    """What an engine does with an object or a resource whose field changes."""

    CHANGED = "changed"
    REPLACED = "replaced"
    REFUSED = "will be refused"


_DATABASE = "aws:rds/instance:Instance"
# Whose change may stop the database for a moment, and which hold its data or are above it.
RESTARTING = frozenset({"StatefulSet", "PersistentVolumeClaim", "PersistentVolume", "Namespace", _DATABASE})
# All that hold data, or something without which data is lost: what a key encrypted, what is in a cluster or a VPC.
STATEFUL = RESTARTING | {
    "aws:cloudwatch/logGroup:LogGroup",
    "aws:ec2/vpc:Vpc",
    "aws:ecr/repository:Repository",
    "aws:eks/cluster:Cluster",
    "aws:kms/key:Key",
    "aws:s3/bucket:Bucket",
    "aws:secretsmanager/secret:Secret",
}
# The kind of Pulumi's provider for a cluster. With another cluster, it and all of its objects are replaced.
PROVIDER = "kubernetes"
# What the types of AWS begin with.
AWS = "aws:"

_ALWAYS = (("metadata", "name"), ("metadata", "namespace"))
_REPLACED: Mapping[str, tuple[KeyPath, ...]] = {
    "Deployment": (("spec", "selector"),),
    "DaemonSet": (("spec", "selector"),),
    "StatefulSet": (
        ("spec", "selector"),
        ("spec", "serviceName"),
        ("spec", "volumeClaimTemplates"),
        ("spec", "podManagementPolicy"),
        ("spec", "revisionHistoryLimit"),
    ),
    "PersistentVolumeClaim": (
        ("spec", "accessModes"),
        ("spec", "selector"),
        ("spec", "storageClassName"),
        ("spec", "volumeName"),
    ),
    "Service": (("spec", "clusterIP"),),
    "Job": (("spec", "template"), ("spec", "selector"), ("spec", "completions"), ("spec", "parallelism")),
    "RoleBinding": (("roleRef",),),
    "ClusterRoleBinding": (("roleRef",),),
    "StorageClass": (("provisioner",), ("parameters",)),
    "Secret": (("type",), ("data",), ("stringData",)),
    "ConfigMap": (("data",), ("binaryData",)),
    "ResourceQuota": (("spec", "scopes"),),
    PROVIDER: (("clusterIdentifier",), ("context",), ("cluster",), ("kubeconfig",)),
}
# Of these, only the named fields of `spec` may change.
_CHANGEABLE: Mapping[str, tuple[str, ...]] = {
    "StatefulSet": (
        *("replicas", "ordinals", "template", "updateStrategy"),
        *("persistentVolumeClaimRetentionPolicy", "minReadySeconds"),
    ),
    "PersistentVolumeClaim": ("resources", "volumeAttributesClassName"),
}


def effect(kind: str, path: KeyPath, before: object = None, after: object = None) -> Effect:
    """The effect of a change of the field at ``path`` of a kind or a type. ``before`` and ``after`` are its values."""
    if kind.startswith(AWS):
        return _aws_effect(kind, path, before, after)
    if any(path[: len(field)] == field for field in (*_ALWAYS, *_REPLACED.get(kind, ()))):
        return Effect.REPLACED
    changeable = _CHANGEABLE.get(kind)
    if changeable is not None and path[:1] == ("spec",) and len(path) > 1 and path[1] not in changeable:
        return Effect.REFUSED
    if kind == "PersistentVolumeClaim" and path[:2] == ("spec", "resources") and _smaller(before, after):
        return Effect.REFUSED
    return Effect.CHANGED


def _aws_effect(resource_type: str, path: KeyPath, before: object, after: object) -> Effect:
    # RDS refuses it, and with `maxAllocatedStorage` the provider does not even ask (internal/service/rds/instance.go in
    # hashicorp/terraform-provider-aws): the database never has what the file says.
    if resource_type == _DATABASE and path == ("allocatedStorage",) and _smaller(before, after):
        return Effect.REFUSED
    return Effect.REPLACED if replaces(resource_type, path) else Effect.CHANGED


def _smaller(before: object, after: object) -> bool:
    """Whether less is asked for than before. A volume can only grow."""
    sizes = [quantity(str(value)) for value in (before, after)] if before is not None and after is not None else []
    return len(sizes) == 2 and sizes[1] < sizes[0]
