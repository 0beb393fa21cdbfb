"""How long Kubernetes objects take, measured on a local node.

A cluster that first has to start a machine takes a minute or more in addition, and so does a large image. Neither is in
these times.
"""

from __future__ import annotations

from portal.base.creation_time import CreationTime, CreationTimes

_PAGE = "docs/performance.md"

# Pulumi waits for these kinds until they work, and for all others until the API server has stored them
# (https://github.com/pulumi/pulumi-kubernetes/tree/master/provider/pkg/await).
TIMES = CreationTimes(
    slow={
        "kubernetes:apps/v1:Deployment": (
            CreationTime(
                seconds=10,
                basis="measured",
                source=f"{_PAGE}: a portal is ready 8 seconds after its process starts, two seconds after it is"
                " applied. The seconds that a pod has to stay ready (minReadySeconds) are added",
                input_seconds=("spec", "minReadySeconds"),
            ),
        ),
        "kubernetes:apps/v1:StatefulSet": (
            CreationTime(seconds=2, basis="measured", source=f"{_PAGE}: the database is ready after two seconds"),
        ),
        "kubernetes:batch/v1:Job": (
            CreationTime(
                seconds=6,
                basis="measured",
                source=f"{_PAGE}: four to six seconds, three of them until Kubernetes reports a Job as complete",
            ),
        ),
        "kubernetes:core/v1:Service": (
            CreationTime(
                seconds=12,
                basis="assumed",
                source="a pod behind it that is ready, after two seconds for the database, and ten seconds without"
                " another one (https://www.pulumi.com/registry/packages/kubernetes/api-docs/core/v1/service)",
            ),
        ),
    },
    other=CreationTime(
        seconds=1, basis="assumed", source="one request to the API server, which stores the object; nothing is awaited"
    ),
)
