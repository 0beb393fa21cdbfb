"""What all pods have in common: an unprivileged user, a read-only root filesystem, and no unneeded rights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypedDict

from portal.contract import USER

if TYPE_CHECKING:
    from pulumi_kubernetes.core.v1 import (
        LocalObjectReferenceArgsDict,
        PodSecurityContextArgsDict,
        ResourceRequirementsArgsDict,
        SecurityContextArgsDict,
        TolerationArgsDict,
        TopologySpreadConstraintArgsDict,
    )

# How long Pulumi waits for a rollout or a deletion, in seconds; the provider's own ten minutes hide a crash loop for as
# long (pulumi/pulumi-kubernetes provider/pkg/await).
ROLLOUT_SECONDS = 300
ROLLOUT_TIMEOUT = {"pulumi.com/timeoutSeconds": str(ROLLOUT_SECONDS)}
# Nothing to wait for when it is made; its deletion is waited for all the same.
NO_WAIT = {**ROLLOUT_TIMEOUT, "pulumi.com/skipAwait": "true"}


@dataclass(frozen=True, kw_only=True)
class Toleration:
    """A taint that pods tolerate. Without ``value`` or ``effect``, any value or effect."""

    key: str
    value: str | None = None
    effect: str | None = None


@dataclass(frozen=True, kw_only=True)
class Scheduling:
    """Where pods run, and how images are pulled. ``spread_required``: replicas that cannot be spread stay pending."""

    pull_secret: str | None = None
    priority_class: str | None = None
    node_selector: Mapping[str, str] = field(default_factory=dict[str, str])
    tolerations: tuple[Toleration, ...] = ()
    spread_required: bool = False


ANYWHERE = Scheduling()


class ScheduledSpec(TypedDict, total=False):
    """The part of a pod's spec that says where it runs."""

    image_pull_secrets: list[LocalObjectReferenceArgsDict]
    priority_class_name: str
    node_selector: dict[str, str]
    tolerations: list[TolerationArgsDict]


def scheduled_spec(scheduling: Scheduling) -> ScheduledSpec:
    """Scheduling for a pod's spec. Settings without a value are left out."""
    spec: ScheduledSpec = {}
    if scheduling.pull_secret is not None:
        spec["image_pull_secrets"] = [{"name": scheduling.pull_secret}]
    if scheduling.priority_class is not None:
        spec["priority_class_name"] = scheduling.priority_class
    if scheduling.node_selector:
        spec["node_selector"] = dict(scheduling.node_selector)
    if scheduling.tolerations:
        spec["tolerations"] = [_toleration(toleration) for toleration in scheduling.tolerations]
    return spec


def _toleration(toleration: Toleration) -> TolerationArgsDict:
    given: TolerationArgsDict = {"key": toleration.key, "operator": "Exists"}
    if toleration.value is not None:
        given = {"key": toleration.key, "operator": "Equal", "value": toleration.value}
    if toleration.effect is not None:
        given["effect"] = toleration.effect
    return given


def pod_security() -> PodSecurityContextArgsDict:
    """A pod's security context, as Pod Security ``restricted`` requires it."""
    return {
        "run_as_non_root": True,
        "run_as_user": USER,
        "run_as_group": USER,
        "fs_group": USER,
        "fs_group_change_policy": "OnRootMismatch",
        "seccomp_profile": {"type": "RuntimeDefault"},
    }


def container_security() -> SecurityContextArgsDict:
    """A container's security context: no capabilities, and a read-only root filesystem."""
    return {
        "allow_privilege_escalation": False,
        "read_only_root_filesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }


def resources(
    cpu: str, memory: str, cpu_limit: str, memory_limit: str, disk: str = "1Gi"
) -> ResourceRequirementsArgsDict:
    """Requests and limits. ``disk`` is ephemeral storage, on the node's disk."""
    return {
        "requests": {"cpu": cpu, "memory": memory, "ephemeral-storage": "64Mi"},
        "limits": {"cpu": cpu_limit, "memory": memory_limit, "ephemeral-storage": disk},
    }


def spread(labels: dict[str, str], *, required: bool = False) -> list[TopologySpreadConstraintArgsDict]:
    """Spread replicas over nodes and zones: always if ``required``, otherwise if possible."""
    return [
        {
            "max_skew": 1,
            "topology_key": key,
            "when_unsatisfiable": "DoNotSchedule" if required else "ScheduleAnyway",
            "label_selector": {"match_labels": labels},
        }
        for key in ("kubernetes.io/hostname", "topology.kubernetes.io/zone")
    ]
