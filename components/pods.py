"""What every pod of ours has in common: an unprivileged user, nothing writable, nothing allowed that is not needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pulumi_kubernetes.core.v1 import (
        PodSecurityContextArgsDict,
        ResourceRequirementsArgsDict,
        SecurityContextArgsDict,
        TopologySpreadConstraintArgsDict,
    )

# Above 10000, so that it is nobody's on the host (https://cloud.google.com/kubernetes-engine, CKV_K8S_40).
USER = 10001

# How long Pulumi waits for a rollout or a deletion, in seconds; the provider's own ten minutes hide a crash loop for as
# long (pulumi/pulumi-kubernetes provider/pkg/await).
ROLLOUT_TIMEOUT = {"pulumi.com/timeoutSeconds": "300"}
# Nothing to wait for when it is made; its deletion is waited for all the same.
NO_WAIT = {**ROLLOUT_TIMEOUT, "pulumi.com/skipAwait": "true"}


def pod_security() -> PodSecurityContextArgsDict:
    """A pod's security context as Pod Security ``restricted`` asks for it."""
    return {
        "run_as_non_root": True,
        "run_as_user": USER,
        "run_as_group": USER,
        "fs_group": USER,
        "fs_group_change_policy": "OnRootMismatch",
        "seccomp_profile": {"type": "RuntimeDefault"},
    }


def container_security() -> SecurityContextArgsDict:
    """A container's security context: no rights, and a root filesystem that nobody writes to."""
    return {
        "allow_privilege_escalation": False,
        "read_only_root_filesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }


def resources(
    cpu: str, memory: str, cpu_limit: str, memory_limit: str, disk: str = "1Gi"
) -> ResourceRequirementsArgsDict:
    """Requests and limits; ``disk`` is the container's share of the node's own."""
    return {
        "requests": {"cpu": cpu, "memory": memory, "ephemeral-storage": "64Mi"},
        "limits": {"cpu": cpu_limit, "memory": memory_limit, "ephemeral-storage": disk},
    }


def spread(labels: dict[str, str]) -> list[TopologySpreadConstraintArgsDict]:
    """Replicas on different nodes and zones where the cluster has them."""
    return [
        {
            "max_skew": 1,
            "topology_key": key,
            "when_unsatisfiable": "ScheduleAnyway",
            "label_selector": {"match_labels": labels},
        }
        for key in ("kubernetes.io/hostname", "topology.kubernetes.io/zone")
    ]
