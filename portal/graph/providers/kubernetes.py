"""Objects of a Kubernetes cluster."""

from __future__ import annotations

from portal.graph.kubernetes_times import TIMES
from portal.graph.provider import ANY_TYPE, Provider

PROVIDER = Provider(
    computed={
        # https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/object-meta
        ANY_TYPE: {
            "metadata.name": "known-name",
            "metadata.uid": "known-uid",
            "metadata.resourceVersion": "known-resourceVersion",
            "metadata.creationTimestamp": "known-creationTimestamp",
        },
    },
    kept={
        # Whatever is in a namespace goes with it, claims too.
        "kubernetes:core/v1:Namespace": {},
        "kubernetes:core/v1:PersistentVolumeClaim": {},
    },
    secret={"kubernetes:core/v1:Secret": ("stringData", "data")},
    times=TIMES,
)
