"""Rules for the graph of every stack. Each rule gives one sentence for each violation."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from policies.aws.controls import AWS_CONTROLS
from policies.control import Rule
from portal.base.content_name import is_content_name
from portal.base.json_types import is_list, is_mapping
from portal.graph.doors import DOORS
from portal.graph.manifests import pod_template
from portal.graph.model import Graph, Path, Resource
from portal.graph.provider import provider_of

_BY_DIGEST = re.compile(r"^[^@\s]+@sha256:[0-9a-f]{64}$")
# The ConfigMap by which EKS switches network policies on, which it reads by its name
# (https://docs.aws.amazon.com/eks/latest/userguide/auto-net-pol.html).
_NAMED_BY_THE_CLUSTER = {("kube-system", "amazon-vpc-cni")}
_WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob")


def explicit_providers(graph: Graph) -> Iterator[str]:
    """Every resource has an explicit provider, so none lands in the current cluster or account by accident."""
    for resource in graph:
        if resource.custom and not resource.is_provider and not resource.provider:
            yield f"{resource.name}: has no explicit provider"


def images_by_digest(graph: Graph) -> Iterator[str]:
    """Every image is pinned by digest: the same bytes in every environment and at every restart."""
    for resource, _, container in _containers(graph):
        image = str(container.get("image"))
        if not _BY_DIGEST.match(image):
            yield f"{resource.name}/{container['name']}: image {image} is not pinned by digest"


def restricted_pods(graph: Graph) -> Iterator[str]:
    """Pods meet Pod Security ``restricted`` and more.

    Source: https://kubernetes.io/docs/concepts/security/pod-security-standards
    """
    for resource, pod, container in _containers(graph):
        where = f"{resource.name}/{container['name']}"
        pod_context, context = pod.get("securityContext", {}), container.get("securityContext", {})
        if pod_context.get("runAsNonRoot") is not True or not pod_context.get("runAsUser"):
            yield f"{where}: may run as root"
        if pod_context.get("seccompProfile", {}).get("type") != "RuntimeDefault":
            yield f"{where}: has no seccomp profile"
        if context.get("allowPrivilegeEscalation") is not False:
            yield f"{where}: may gain privileges"
        if context.get("capabilities", {}).get("drop") != ["ALL"] or "add" in context.get("capabilities", {}):
            yield f"{where}: keeps capabilities"
        if context.get("readOnlyRootFilesystem") is not True:
            yield f"{where}: may write to its image"


def bounded_resources(graph: Graph) -> Iterator[str]:
    """Every container has requests and limits."""
    for resource, _, container in _containers(graph):
        for kind in ("requests", "limits"):
            given = container.get("resources", {}).get(kind, {})
            missing = {"cpu", "memory", "ephemeral-storage"} - set(given)
            if missing:
                yield f"{resource.name}/{container['name']}: has no {kind} for {', '.join(sorted(missing))}"


def data_is_kept(graph: Graph) -> Iterator[str]:
    """Data outlives a destroy and cannot be replaced, unless the stack says otherwise.

    The provider's table says which types hold data, and what else they need.
    """
    for resource in graph:
        provider = provider_of(resource.type)
        inputs = provider.kept.get(resource.type) if provider is not None else None
        if inputs is None:
            continue
        if not (resource.protect and resource.retain_on_delete):
            yield f"{resource.name}: would be deleted by a destroy"
        for name, value in inputs.items():
            if resource.inputs.get(name) != value:
                yield f"{resource.name}: {name} is not {value}, so its data is not kept"


def content_named(graph: Graph) -> Iterator[str]:
    """ConfigMaps and Secrets are immutable, and both of their names have the hash of their content.

    A ConfigMap of the cluster's own has the name by which the cluster reads it.
    """
    for kind in ("ConfigMap", "Secret"):
        for resource in graph.of_kind(kind):
            name = str(resource.inputs["metadata"]["name"])
            if kind == "ConfigMap" and (resource.inputs["metadata"].get("namespace"), name) in _NAMED_BY_THE_CLUSTER:
                continue
            if resource.inputs.get("immutable") is not True:
                yield f"{resource.name}: is not immutable"
            if name != resource.name or not is_content_name(name):
                yield f"{resource.name}: is not named by its content"


def secrets_stay_secret(graph: Graph) -> Iterator[str]:
    """Inputs that hold secrets are marked as secret for the engine, and no other input holds one."""
    for resource in graph:
        if resource.is_provider:
            continue
        provider = provider_of(resource.type)
        places = provider.secret.get(resource.type, ()) if provider is not None else ()
        for place in places:
            for path in _paths(resource.inputs, place):
                if not any(path[: len(secret)] == secret for secret in resource.secret):
                    yield f"{resource.name}: {'.'.join(map(str, path))} is in plain text"
        elsewhere = sorted(str(path) for path in resource.secret if not any(_inside(path, place) for place in places))
        if elsewhere:
            yield f"{resource.name}: holds a secret at {elsewhere[0]}"


def selected_by_policy(graph: Graph) -> Iterator[str]:
    """Every pod is selected by network policies that limit both directions."""
    policies = [policy.inputs["spec"] for policy in graph.of_kind("NetworkPolicy")]
    for resource in _workloads(graph):
        labels = pod_template(resource.inputs)["metadata"]["labels"]
        directions = {
            direction
            for policy in policies
            if _selects(policy["podSelector"], labels)
            for direction in policy["policyTypes"]
        }
        if directions != {"Ingress", "Egress"}:
            yield f"{resource.name}: no network policy limits what reaches its pods, or what they reach"


# For the objects of every stack.
GENERAL: tuple[Rule, ...] = (
    explicit_providers,
    images_by_digest,
    restricted_pods,
    bounded_resources,
    data_is_kept,
    content_named,
    secrets_stay_secret,
    selected_by_policy,
    *DOORS,
)
RULES: tuple[Rule, ...] = (*GENERAL, *(control.check for control in AWS_CONTROLS))
_ADVISORY = tuple(control for control in AWS_CONTROLS if control.advisory)
# Never refused, as a stack's own settings decide: `keep: false` deletes data with the stack.
CHOICES: tuple[Rule, ...] = (data_is_kept, *(control.check for control in _ADVISORY))


def violations(graph: Graph) -> list[str]:
    """The sentences of all rules."""
    return [sentence for rule in RULES for sentence in rule(graph)]


def refused(graph: Graph) -> list[str]:
    """The sentences of the rules that no setting of a stack may break."""
    return [sentence for rule in RULES if rule not in CHOICES for sentence in rule(graph)]


def advice(graph: Graph) -> list[str]:
    """The sentences of the rules that a stack's own settings may break, such as to have one zone only, with an id."""
    return [f"{sentence} ({control.key})" for control in _ADVISORY for sentence in control.check(graph)]


def _workloads(graph: Graph) -> list[Resource]:
    return [resource for kind in _WORKLOADS for resource in graph.of_kind(kind)]


def _containers(graph: Graph) -> Iterator[tuple[Resource, Mapping[str, Any], Mapping[str, Any]]]:
    """Every container, with its workload and the spec of its pod."""
    for resource in _workloads(graph):
        pod = pod_template(resource.inputs)["spec"]
        for container in [*pod.get("initContainers", []), *pod["containers"]]:
            yield resource, pod, container


def _paths(inputs: Mapping[str, Any], place: str) -> Iterator[Path]:
    """The paths of what is present at a place: that of each of its entries, if it is a mapping."""
    found: list[tuple[Path, Any]] = [((), inputs)]
    for key in place.split("."):
        each = [one for path, value in found for one in _entries(path, value)]
        found = [((*path, key), value[key]) for path, value in each if is_mapping(value) and key in value]
    for path, value in found:
        yield from [(*path, key) for key in value] if is_mapping(value) else [path]


def _entries(path: Path, value: Any) -> list[tuple[Path, Any]]:  # noqa: ANN401 - JSON in
    return [((*path, index), item) for index, item in enumerate(value)] if is_list(value) else [(path, value)]


def _inside(path: Path, place: str) -> bool:
    """Whether a path leads to a place, or into it."""
    return f"{'.'.join(key for key in path if isinstance(key, str))}.".startswith(f"{place}.")


def _selects(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    return all(labels.get(key) == value for key, value in selector.get("matchLabels", {}).items())
