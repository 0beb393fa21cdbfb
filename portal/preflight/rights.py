"""May this account make what the graph has? Asked of the cluster itself, by kind, in one or two rounds."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from portal.base.errors import InputError
from portal.base.yaml_document import KeyPath
from portal.kubernetes.kubectl import Kubectl
from portal.preflight.ask import ask
from portal.preflight.requirements import GraphRequirements, resource_type

# What applying, waiting, and removing old objects take, for either engine.
VERBS = ("create", "delete", "get", "list", "patch", "watch")
# Data is not removed by an `up`: the right to delete it is not asked for.
KEPT = ("namespaces", "persistentvolumeclaims")
# What waiting for a workload looks at besides. Pulumi's provider never gives up on a list that is forbidden
# (pulumi/pulumi-kubernetes provider/pkg/await: it waits for its cache before its clock starts).
WAITED_FOR = ("persistentvolumeclaims", "pods", "replicasets.apps")


@dataclass(frozen=True, order=True)
class Right:
    """A verb on a resource (``deployments.apps``); ``namespace`` is empty for what is in none."""

    verb: str
    resource: str
    namespace: str = ""


def wanted_rights(needs: GraphRequirements, *, namespace_exists: bool) -> tuple[Right, ...]:
    """What a graph needs, by kind and verb."""
    wanted: set[Right] = set()
    for item in needs.objects:
        group, plural = resource_type(item)
        resource = f"{plural}.{group}" if group else plural
        spare = {"delete"} if plural in KEPT else set[str]()
        if plural == "namespaces":
            # Only this one is looked at, by its name; and what exists needs not be created.
            spare |= {"list", "watch", *(["create"] if namespace_exists else [])}
        where = str(item["metadata"].get("namespace", ""))
        wanted |= {Right(verb, resource, where) for verb in VERBS if verb not in spare}
    if needs.workloads:
        wanted |= {Right(verb, resource, needs.namespace) for verb in ("list", "watch") for resource in WAITED_FOR}
    return tuple(sorted(wanted))


def missing_rights(kubectl: Kubectl, needs: GraphRequirements, *, namespace_exists: bool) -> tuple[Right, ...]:
    """What this account may not. Who may do everything with a kind is asked once for it, not once for each verb."""
    wanted = wanted_rights(needs, namespace_exists=namespace_exists)
    everything = sorted({Right("*", right.resource, right.namespace) for right in wanted})
    limited = {(right.resource, right.namespace) for right in _denied(kubectl, everything)}
    return _denied(kubectl, [right for right in wanted if (right.resource, right.namespace) in limited])


def _denied(kubectl: Kubectl, rights: Sequence[Right]) -> tuple[Right, ...]:
    if not rights:
        return ()
    document = json.dumps({"apiVersion": "v1", "kind": "List", "items": [_review(right) for right in rights]})
    answer = ask(kubectl, "create", "--filename=-", "--output=json", stdin=document)
    return tuple(
        right for right, item in zip(rights, answer.items, strict=False) if not item["status"].get("allowed", False)
    )


def _review(right: Right) -> dict[str, Any]:
    """See https://kubernetes.io/docs/reference/access-authn-authz/authorization/#checking-api-access."""
    resource, _, group = right.resource.partition(".")
    attributes = {"namespace": right.namespace, "verb": right.verb, "group": group, "resource": resource}
    return {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": attributes},
    }


def check_rights(missing: Sequence[Right], where: Callable[[KeyPath], str]) -> Iterator[InputError]:
    """All rights that are missing in one sentence: verbs, resources, and where."""
    if not missing:
        return
    verbs: dict[tuple[str, str], list[str]] = {}
    for right in missing:
        verbs.setdefault((right.resource, right.namespace), []).append(right.verb)
    resources: dict[tuple[str, str], list[str]] = {}
    for (resource, namespace), names in verbs.items():
        resources.setdefault((", ".join(sorted(names)), namespace), []).append(resource)
    parts = [
        f"{names} {', '.join(sorted(kinds))} {f'in namespace {namespace}' if namespace else 'of the whole cluster'}"
        for (names, namespace), kinds in sorted(resources.items())
    ]
    yield InputError(
        where=where(("cluster",)),
        key="portal:cluster.context",
        got=f"an account that has no right to {'; '.join(parts)}",
        allowed="an account that may make what the stack has",
        fix="have these rights granted to it, or choose another account in the kubeconfig",
    )
