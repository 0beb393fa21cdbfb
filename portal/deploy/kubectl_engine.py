"""The kubectl engine, for local stacks only: apply a graph, wait, and prune by label.

It has no state and no preview, and protects nothing but kinds that hold data. Use Pulumi's engine for those features.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from portal.base.errors import PortalError
from portal.base.process import output
from portal.base.progress import Phase, Progress
from portal.deploy.cluster import RunningCluster
from portal.deploy.deployment import Deployment
from portal.deploy.engine import Changes, LocalEngine
from portal.deploy.last_apply import Key, Versions, last_apply, write_last_apply
from portal.graph.manifests import manifest
from portal.graph.model import Graph, Resource
from portal.graph.stages import stages
from portal.kubernetes.jobs import await_job, read_jobs
from portal.kubernetes.kubectl import Kubectl
from portal.kubernetes.ownership import KEPT_KINDS, OWN_TYPES, own_selector
from portal.kubernetes.rollout import await_rollout

FIELD_MANAGER = "portal"

BUILT_IN_TYPES = (*OWN_TYPES, "namespaces")
VERSION_FIELDS = (".kind", ".metadata.namespace", ".metadata.name", ".metadata.resourceVersion")


@dataclass(frozen=True)
class KubectlEngine(LocalEngine):
    """The engine for machines without the Pulumi CLI."""

    name: ClassVar[str] = "kubectl"
    replaces: ClassVar[bool] = False
    remark: ClassVar[str | None] = "Engine: kubectl, not Pulumi: no state, no preview; for this machine only."

    @classmethod
    def obtain(cls, deployment: Deployment) -> KubectlEngine:  # noqa: ARG003 - nothing has to be found for it
        """It is always here."""
        return cls()

    @classmethod
    def recall(cls, deployment: Deployment) -> KubectlEngine:  # noqa: ARG003 - nothing has to be found for it
        """It is always here."""
        return cls()

    def settled(self, deployment: Deployment) -> Changes | None:
        """No changes, if neither the input nor the cluster changed since the last ``up``."""
        known = last_apply(deployment.checkout, deployment.plan.stack)
        if known is None:
            return None
        self.look(deployment)
        return Changes((), (), (), len(known)) if deployment.get(Versions) == known else None

    def look(self, deployment: Deployment) -> None:
        """Read what the cluster has, once."""
        if deployment.find(Versions) is None:
            kubectl = deployment.get(RunningCluster).kubectl
            deployment.give(read_versions(kubectl, deployment.plan.stack, BUILT_IN_TYPES))

    def deploy(self, deployment: Deployment) -> Changes:
        """Apply the graph and record the result, so that the next ``up`` can tell whether anything changed."""
        plan, kubectl = deployment.plan, deployment.get(RunningCluster).kubectl
        graph = deployment.get(Graph)
        namespace = plan.settings.namespace.name
        changes = apply_graph(kubectl, graph, namespace, deployment.progress, deployment.get(Versions))
        # `settled` reads built-in kinds only, so a stack with custom kinds is always applied again.
        if not _custom_types(graph):
            after = read_versions(kubectl, plan.stack, BUILT_IN_TYPES)
            write_last_apply(deployment.checkout, plan.stack, after)
        return changes


def read_versions(kubectl: Kubectl, stack: str, types: Iterable[str]) -> Versions:
    """The objects that a cluster has of a stack, each with its resource version, which every change raises."""
    words = ("get", ",".join(types), "--all-namespaces", f"--selector={own_selector(stack)}")
    try:
        return _versions(kubectl.fields(*words, of=VERSION_FIELDS))
    except PortalError as error:
        raise PortalError(f"the cluster of context {kubectl.context} does not answer: {error}") from error


def apply_graph(
    kubectl: Kubectl, graph: Graph, namespace: str, progress: Progress, built_in: Mapping[Key, str]
) -> Changes:
    """Apply the graph in its stages, wait until everything runs, then delete objects that are no longer in the graph.

    Old objects are deleted last, so that old pods keep what they need if the rollout fails. The graph must be recorded
    with its secrets, which are passed to kubectl on standard input only. ``built_in`` is the state before.
    """
    selector = own_selector(graph.stack)
    custom = _custom_types(graph)
    before = {**built_in, **(read_versions(kubectl, graph.stack, custom) if custom else {})}
    after: dict[Key, str] = {}
    jobs = read_jobs(kubectl.api, namespace, selector) if any(kind == "Job" for kind, _, _ in before) else []
    for job in jobs:
        if job.failed is not None:
            output(kubectl.command("delete", "job", job.name, f"--namespace={namespace}", "--ignore-not-found"))
    succeeded = {job.name for job in jobs if job.succeeded}
    order = stages(graph, succeeded)
    runs = False
    for index, stage in enumerate(order):
        with progress.phase("Apply") as phase:
            after |= _apply(kubectl, stage, before, phase)
        for one in _of_kind(stage, "Job"):
            name, limit = str(one.inputs["metadata"]["name"]), float(one.inputs["spec"]["activeDeadlineSeconds"])
            if name not in succeeded:
                await_job(kubectl.api, namespace, name, limit, progress)
        # Where the database is elsewhere, one Job may follow another before anything of the portal runs.
        runs = runs or bool(_of_kind(stage, "Deployment", "StatefulSet"))
        if runs and (index + 1 == len(order) or _of_kind(order[index + 1], "Job")):
            await_rollout(kubectl.api, namespace, selector, progress)
    with progress.phase("Delete objects that are no longer needed"):
        # Only `down --delete-data` deletes a claim and its namespace.
        stale = sorted(key for key in before if key not in after and key[0] not in KEPT_KINDS)
        for kind, where, name in stale:
            place = [f"--namespace={where}"] if where else []
            output(kubectl.command("delete", kind.lower(), name, *place, "--ignore-not-found", "--wait=false"))
    created = [key for key in after if key not in before]
    changed = [key for key in after if key in before and before[key] != after[key]]
    return Changes(_named(created), _named(changed), _named(stale), len(after) - len(created) - len(changed))


def _of_kind(resources: Iterable[Resource], *kinds: str) -> list[Resource]:
    return [resource for resource in resources if resource.inputs["kind"] in kinds]


def _apply(kubectl: Kubectl, stage: list[Resource], before: Mapping[Key, str], phase: Phase) -> dict[Key, str]:
    objects = sorted((manifest(resource) for resource in stage), key=_order)
    phase.update(f"{len(objects)} objects")
    # Create a new namespace first: kubectl looks up all objects, and their namespace, before it creates any.
    new = [item for item in objects if item["kind"] == "Namespace" and _key(item) not in before]
    applied = _server_side(kubectl, new) if new else {}
    return {**applied, **_server_side(kubectl, [item for item in objects if item not in new])}


def _server_side(kubectl: Kubectl, objects: list[dict[str, Any]]) -> dict[Key, str]:
    document = json.dumps({"apiVersion": "v1", "kind": "List", "items": objects})
    own = ("--server-side", "--force-conflicts", f"--field-manager={FIELD_MANAGER}", "--filename=-")
    return _versions(kubectl.fields("apply", *own, of=VERSION_FIELDS, stdin=document))


def _versions(rows: Iterable[tuple[str, ...]]) -> Versions:
    return Versions({(kind, where, name): version for kind, where, name, version in rows})


def _custom_types(graph: Graph) -> list[str]:
    """The graph's kinds that not every cluster serves. Others are not read, so the last object of such a kind stays."""
    kinds = {str(resource.inputs["kind"]).lower() for resource in graph.of_kind("HTTPRoute")}
    return sorted(kinds)


def _key(item: Mapping[str, Any]) -> Key:
    metadata = item["metadata"]
    return (str(item["kind"]), str(metadata.get("namespace", "")), str(metadata["name"]))


def _order(item: Mapping[str, Any]) -> tuple[int, str, str]:
    """A sort key that puts workloads last, so that everything their pods mount exists first."""
    late = item["kind"] in {"Deployment", "StatefulSet", "Job"}
    return (int(late), str(item["kind"]), str(item["metadata"]["name"]))


def _named(keys: Iterable[Key]) -> tuple[str, ...]:
    return tuple(sorted(f"{kind.lower()}/{name}" for kind, _, name in keys))
