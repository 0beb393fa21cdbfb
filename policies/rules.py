"""What holds for every graph of ours, whatever the stack. Each rule gives one sentence per violation."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from portal.base.content_name import is_content_name
from portal.graph.model import Graph, Resource

Rule = Callable[[Graph], Iterator[str]]

_BY_DIGEST = re.compile(r"^[^@\s]+@sha256:[0-9a-f]{64}$")
_WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet", "Job")


def explicit_providers(graph: Graph) -> Iterator[str]:
    """Nothing lands in whatever cluster happens to be the current one."""
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
    """Claims and namespaces outlive a destroy, and their replacement is refused, unless the stack says otherwise."""
    for kind in ("PersistentVolumeClaim", "Namespace"):
        for resource in graph.of_type(kind):
            if not (resource.protect and resource.retain_on_delete):
                yield f"{resource.name}: would go with a destroy"


def content_named(graph: Graph) -> Iterator[str]:
    """ConfigMaps and Secrets never change: the hash of what they hold is in both of their names."""
    for kind in ("ConfigMap", "Secret"):
        for resource in graph.of_type(kind):
            name = str(resource.inputs["metadata"]["name"])
            if resource.inputs.get("immutable") is not True:
                yield f"{resource.name}: is not immutable"
            if name != resource.name or not is_content_name(name):
                yield f"{resource.name}: is not named by its content"


def secrets_stay_secret(graph: Graph) -> Iterator[str]:
    """What a Secret holds is secret to the engine too, and no other resource holds any of it."""
    for resource in graph:
        is_secret = resource.type.endswith(":Secret")
        if is_secret and not any(path[0] in {"stringData", "data"} for path in resource.secret):
            yield f"{resource.name}: its values are in the clear"
        if not is_secret and not resource.is_provider and resource.secret:
            yield f"{resource.name}: holds a secret at {min(map(str, resource.secret))}"


def selected_by_policy(graph: Graph) -> Iterator[str]:
    """Every pod is in reach of a network policy that limits both directions."""
    policies = [policy.inputs["spec"] for policy in graph.of_type("NetworkPolicy")]
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
    return [resource for kind in _WORKLOADS for resource in graph.of_type(kind)]


def _containers(graph: Graph) -> Iterator[tuple[Resource, Mapping[str, Any], Mapping[str, Any]]]:
    """Every container with its pod's spec and its workload."""
    for resource in _workloads(graph):
        pod = resource.inputs["spec"]["template"]["spec"]
        for container in [*pod.get("initContainers", []), *pod["containers"]]:
            yield resource, pod, container


def _selects(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    return all(labels.get(key) == value for key, value in selector.get("matchLabels", {}).items())
