"""A volume claim whose data outlives what uses it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi
from pulumi_kubernetes.core.v1 import PersistentVolumeClaim

from components.metadata import CommonMetadata
from components.pods import NO_WAIT

if TYPE_CHECKING:
    from pulumi_kubernetes.core.v1 import PersistentVolumeClaimSpecArgsDict


@dataclass(frozen=True, kw_only=True)
class Storage:
    """The volume with the data. Without a ``class_name``, it has the cluster's default class.

    ``keep``: a destroy is refused while the claim is protected, and leaves it afterwards.
    """

    size: str
    class_name: str | None = None
    keep: bool = True


def volume_claim(
    name: str,
    physical: str,
    namespace: pulumi.Input[str],
    metadata: CommonMetadata,
    storage: Storage,
    parent: pulumi.Resource,
) -> PersistentVolumeClaim:
    """Stateful: the claim ``physical``, for the pods of one node."""
    request: PersistentVolumeClaimSpecArgsDict = {
        "access_modes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": storage.size}},
    }
    if storage.class_name is not None:
        request["storage_class_name"] = storage.class_name
    return PersistentVolumeClaim(
        name,
        # A class with WaitForFirstConsumer binds only once there is a pod, and the pod waits for the claim.
        metadata=metadata.of(physical, namespace, NO_WAIT),
        spec=request,
        opts=pulumi.ResourceOptions(parent=parent, protect=storage.keep, retain_on_delete=storage.keep),
    )
