"""EKS clusters."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from policies.aws.resources import has, of_type, require, value
from policies.control import Control
from portal.base.json_types import is_list, is_mapping
from portal.graph.model import UNKNOWN, Graph

_CLUSTER = "eks/cluster:Cluster"
# AWS updates this one until 2027-12, the last year at a surcharge. Older ones are upgraded by force.
# https://docs.aws.amazon.com/eks/latest/userguide/kubernetes-versions.html
OLDEST_VERSION = (1, 34)


def _supported(found: object) -> bool:
    parts = str(found).split(".")
    return all(part.isdigit() for part in parts) and tuple(map(int, parts)) >= OLDEST_VERSION


def _limited_access(graph: Graph) -> Iterator[str]:
    for cluster in of_type(graph, _CLUSTER):
        public, networks = (value(cluster, "vpcConfig", key) for key in ("endpointPublicAccess", "publicAccessCidrs"))
        if public in (False, UNKNOWN) or networks == UNKNOWN:
            continue
        if not networks or "0.0.0.0/0" in networks or "::/0" in networks:
            yield f"{cluster.name}: everybody on the internet reaches its API server"


def _encrypts_secrets(found: Any) -> bool:  # noqa: ANN401 - JSON in
    if not is_mapping(found):
        return False
    provider, resources = found.get("provider"), found.get("resources")
    with_key = provider == UNKNOWN or (is_mapping(provider) and bool(provider.get("keyArn")))
    return with_key and (resources == UNKNOWN or (is_list(resources) and bool({"secrets", UNKNOWN} & {*resources})))


CONTROLS = (
    Control(
        ids=("EKS.1",),
        title="The API server of a cluster is reached from inside its VPC only",
        check=require(
            _CLUSTER,
            "vpcConfig.endpointPublicAccess",
            lambda found: found is False,
            "its API server has an address on the internet",
        ),
        advisory=True,
    ),
    Control(title="Not everybody on the internet reaches the API server of a cluster", check=_limited_access),
    Control(
        ids=("EKS.2",),
        title="A cluster has a version of Kubernetes that AWS updates",
        check=require(_CLUSTER, "version", _supported, "AWS updates its version of Kubernetes no longer"),
    ),
    Control(
        ids=("EKS.3",),
        title="A cluster encrypts Secrets with a key of ours",
        check=require(_CLUSTER, "encryptionConfig", _encrypts_secrets, "its Secrets are not encrypted with a key"),
    ),
    Control(
        ids=("EKS.8",),
        title="A cluster logs who asked its API server for what",
        check=require(
            _CLUSTER,
            "enabledClusterLogTypes",
            has("audit", "authenticator"),
            "does not log who signs in and what they ask for",
        ),
    ),
    Control(
        title="Nobody has rights in a cluster because they made it",
        check=require(
            _CLUSTER,
            "accessConfig.bootstrapClusterCreatorAdminPermissions",
            lambda found: found is False,
            "makes whoever created it its administrator, where no list of administrators shows it",
        ),
    ),
    Control(
        title="All who have rights in a cluster are listed in AWS",
        check=require(
            _CLUSTER,
            "accessConfig.authenticationMode",
            lambda found: found == "API",
            "may let in whom a ConfigMap in it names",
        ),
    ),
)
