"""What holds for every graph of ours, whatever the stack. Each rule gives one sentence per violation."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from portal.base.content_name import is_content_name
from portal.base.json_types import is_mapping
from portal.graph.model import Graph, Resource
from portal.graph.provider import provider_of

Rule = Callable[[Graph], Iterator[str]]

_BY_DIGEST = re.compile(r"^[^@\s]+@sha256:[0-9a-f]{64}$")
_WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet", "Job")


def explicit_providers(graph: Graph) -> Iterator[str]:
    """Nothing lands in whatever cluster or account happens to be the current one."""
    for resource in graph:
        if resource.custom and not resource.is_provider and not resource.provider:
            yield f"{resource.name}: has no explicit provider"


def images_by_digest(graph: Graph) -> Iterator[str]:
    """The same bytes in every environment, and at every restart."""
    for resource, _, container in _containers(graph):
        image = str(container.get("image"))
        if not _BY_DIGEST.match(image):
            yield f"{resource.name}/{container['name']}: image {image} is not pinned by digest"


def restricted_pods(graph: Graph) -> Iterator[str]:
    """Pod Security ``restricted`` (https://kubernetes.io/docs/concepts/security/pod-security-standards) and more."""
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
    """Every container says what it needs and what it may take."""
    for resource, _, container in _containers(graph):
        for kind in ("requests", "limits"):
            given = container.get("resources", {}).get(kind, {})
            missing = {"cpu", "memory", "ephemeral-storage"} - set(given)
            if missing:
                yield f"{resource.name}/{container['name']}: has no {kind} for {', '.join(sorted(missing))}"


def data_is_kept(graph: Graph) -> Iterator[str]:
    """What holds data outlives a destroy, and its replacement is refused, unless the stack says otherwise.

    Which types do, and what they need besides, stands with their provider.
    """
    for resource in graph:
        provider = provider_of(resource.type)
        inputs = provider.kept.get(resource.type) if provider is not None else None
        if inputs is None:
            continue
        if not (resource.protect and resource.retain_on_delete):
            yield f"{resource.name}: would go with a destroy"
        for name, value in inputs.items():
            if resource.inputs.get(name) != value:
                yield f"{resource.name}: {name} is not {value}, so its data is not kept"


def content_named(graph: Graph) -> Iterator[str]:
    """ConfigMaps and Secrets never change: the hash of what they hold is in both of their names."""
    for kind in ("ConfigMap", "Secret"):
        for resource in graph.of_kind(kind):
            name = str(resource.inputs["metadata"]["name"])
            if resource.inputs.get("immutable") is not True:
                yield f"{resource.name}: is not immutable"
            if name != resource.name or not is_content_name(name):
                yield f"{resource.name}: is not named by its content"


def secrets_stay_secret(graph: Graph) -> Iterator[str]:
    """What is made to hold a secret says so to the engine too, and nothing else holds any of it."""
    for resource in graph:
        if resource.is_provider:
            continue
        provider = provider_of(resource.type)
        places = provider.secret.get(resource.type, ()) if provider is not None else ()
        for place in places:
            for path in _paths(resource.inputs, place):
                if not any(path[: len(secret)] == secret for secret in resource.secret):
                    yield f"{resource.name}: {'.'.join(path)} is in the clear"
        elsewhere = sorted(str(path) for path in resource.secret if path[0] not in places)
        if elsewhere:
            yield f"{resource.name}: holds a secret at {elsewhere[0]}"


def selected_by_policy(graph: Graph) -> Iterator[str]:
    """Every pod is in reach of a network policy that limits both directions."""
    policies = [policy.inputs["spec"] for policy in graph.of_kind("NetworkPolicy")]
    for resource in _workloads(graph):
        labels = resource.inputs["spec"]["template"]["metadata"]["labels"]
        directions = {
            direction
            for policy in policies
            if _selects(policy["podSelector"], labels)
            for direction in policy["policyTypes"]
        }
        if directions != {"Ingress", "Egress"}:
            yield f"{resource.name}: its pods may be reached, or may reach out, without a policy"


RULES: tuple[Rule, ...] = (
    explicit_providers,
    images_by_digest,
    restricted_pods,
    bounded_resources,
    data_is_kept,
    content_named,
    secrets_stay_secret,
    selected_by_policy,
)


def violations(graph: Graph) -> list[str]:
    """Every sentence of every rule."""
    return [sentence for rule in RULES for sentence in rule(graph)]


def _workloads(graph: Graph) -> list[Resource]:
    return [resource for kind in _WORKLOADS for resource in graph.of_kind(kind)]


def _containers(graph: Graph) -> Iterator[tuple[Resource, Mapping[str, Any], Mapping[str, Any]]]:
    """Every container with its pod's spec and its workload."""
    for resource in _workloads(graph):
        pod = resource.inputs["spec"]["template"]["spec"]
        for container in [*pod.get("initContainers", []), *pod["containers"]]:
            yield resource, pod, container


def _paths(inputs: Mapping[str, Any], place: str) -> Iterator[tuple[str, ...]]:
    """An input that is there, or each of its entries if it is a mapping."""
    if place in inputs:
        value = inputs[place]
        yield from [(place, key) for key in value] if is_mapping(value) else [(place,)]


def _selects(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    return all(labels.get(key) == value for key, value in selector.get("matchLabels", {}).items())
