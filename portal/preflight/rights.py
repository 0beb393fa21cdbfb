"""Whether this account may create what is in the graph. The cluster answers, by kind, in one or two rounds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from typing import Any

from portal.base.errors import InputError, SituationError
from portal.base.yaml_document import KeyPath
from portal.kubernetes.api import ClusterApi
from portal.kubernetes.api_errors import StatusError, UnauthorizedError
from portal.kubernetes.api_paths import collection_path, resource_type
from portal.kubernetes.ownership import KEPT_KINDS
from portal.preflight.requirements import GraphRequirements

_REVIEW = "authorization.k8s.io/v1"

# What applying, waiting, and removing old objects need, with either engine.
VERBS = ("create", "delete", "get", "list", "patch", "watch")
# What waiting for a workload reads besides. Pulumi's provider never gives up on a list that is forbidden
# (pulumi/pulumi-kubernetes provider/pkg/await: it waits for its cache before its clock starts).
WAITED_FOR = ("persistentvolumeclaims", "pods", "replicasets.apps")


@dataclass(frozen=True, order=True)
class Right:
    """A verb on a resource (``deployments.apps``). ``namespace`` is empty for resources of the cluster."""

    verb: str
    resource: str
    namespace: str = ""


def wanted_rights(requirements: GraphRequirements, *, namespace_exists: bool) -> tuple[Right, ...]:
    """What a graph needs, by kind and verb."""
    wanted: set[Right] = set()
    for item in requirements.objects:
        group, plural = resource_type(item)
        resource = f"{plural}.{group}" if group else plural
        spare = {"delete"} if item["kind"] in KEPT_KINDS else set[str]()
        if plural == "namespaces":
            # Only this namespace is read, by its name; and one that exists need not be created.
            spare |= {"list", "watch", *(["create"] if namespace_exists else [])}
        where = str(item["metadata"].get("namespace", ""))
        wanted |= {Right(verb, resource, where) for verb in VERBS if verb not in spare}
    if requirements.workloads:
        wanted |= {
            Right(verb, resource, requirements.namespace) for verb in ("list", "watch") for resource in WAITED_FOR
        }
    return tuple(sorted(wanted))


def missing_rights(
    api: ClusterApi, requirements: GraphRequirements, pool: Executor, *, namespace_exists: bool
) -> tuple[Right, ...]:
    """The rights that this account lacks. Each kind is asked about as a whole first, and by verb only if need be."""
    wanted = wanted_rights(requirements, namespace_exists=namespace_exists)
    everything = sorted({Right("*", right.resource, right.namespace) for right in wanted})
    limited = {(right.resource, right.namespace) for right in _denied(api, everything, pool)}
    return _denied(api, [right for right in wanted if (right.resource, right.namespace) in limited], pool)


def is_allowed(api: ClusterApi, right: Right) -> bool:
    """Whether this account has a right. If the cluster does not say, it counts as allowed, and applying will tell."""
    try:
        answer = api.create(collection_path(_REVIEW, "selfsubjectaccessreviews"), _review(right))
    except UnauthorizedError:
        raise
    except StatusError:
        return True
    return bool(answer["status"].get("allowed", False))


def _denied(api: ClusterApi, rights: Sequence[Right], pool: Executor) -> tuple[Right, ...]:
    allowed = pool.map(partial(is_allowed, api), rights)
    return tuple(right for right, may in zip(rights, allowed, strict=True) if not may)


def _review(right: Right) -> dict[str, Any]:
    """See https://kubernetes.io/docs/reference/access-authn-authz/authorization/#checking-api-access."""
    resource, _, group = right.resource.partition(".")
    attributes = {"namespace": right.namespace, "verb": right.verb, "group": group, "resource": resource}
    return {
        "apiVersion": _REVIEW,
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": attributes},
    }


def check_rights(missing: Sequence[Right], where: Callable[[KeyPath], str]) -> Iterator[InputError]:
    """One sentence for all missing rights: verbs, resources and namespaces."""
    if not missing:
        return
    verbs: dict[tuple[str, str], list[str]] = {}
    for right in missing:
        verbs.setdefault((right.resource, right.namespace), []).append(right.verb)
    resources: dict[tuple[str, str], list[str]] = {}
    for (resource, namespace), names in verbs.items():
        resources.setdefault((", ".join(sorted(names)), namespace), []).append(resource)
    parts = [
        f"{names} {', '.join(sorted(kinds))} {f'in namespace {namespace}' if namespace else 'in the whole cluster'}"
        for (names, namespace), kinds in sorted(resources.items())
    ]
    yield SituationError(
        f"the account of portal:cluster.context has no right to {'; '.join(parts)}",
        "have these rights granted to it, or choose another account in the kubeconfig",
        where=where(("cluster",)),
    )
