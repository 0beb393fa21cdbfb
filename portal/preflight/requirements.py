"""What a graph needs from a cluster, read from its objects, so it is right for any stack."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from portal.graph.manifests import manifest, pod_template
from portal.graph.model import Graph

Object = Mapping[str, Any]

# API groups that every cluster has. Another group may be missing as a whole.
BUILT_IN = frozenset(
    ["", "apps", "batch", "autoscaling", "policy", "networking.k8s.io", "rbac.authorization.k8s.io", "storage.k8s.io"]
)


@dataclass(frozen=True)
class Workload:
    """A Deployment, StatefulSet, Job or CronJob: its pods, and how many more there are during a rollout."""

    kind: str
    name: str
    template: Object
    replicas: int
    surge: int

    @property
    def pod(self) -> Object:
        """The pod's spec."""
        return self.template["spec"]


@dataclass(frozen=True)
class SecretUse:
    """A Secret that the graph refers to: the ``keys`` that it needs, and what it is for."""

    name: str
    purpose: str
    keys: frozenset[str] = frozenset()


@dataclass(frozen=True)
class GraphRequirements:
    """The objects of a stack's graph, as manifests, and what follows from them."""

    stack: str
    objects: tuple[Object, ...]

    @classmethod
    def of(cls, graph: Graph) -> GraphRequirements:
        """The requirements of a graph."""
        return cls(graph.stack, tuple(manifest(resource) for resource in graph.objects()))

    def of_kind(self, kind: str) -> list[Object]:
        """The objects of a kind."""
        return [item for item in self.objects if item["kind"] == kind]

    def known_to(self, served: Mapping[str, frozenset[str]]) -> list[Object]:
        """The objects whose kinds a cluster has. ``served`` are the kinds of optional groups that it has."""
        return [i for i in self.objects if i["apiVersion"] not in served or i["kind"] in served[i["apiVersion"]]]

    @cached_property
    def namespace(self) -> str:
        """The portal's namespace. Only Roles and RoleBindings may be in others."""
        return next(str(item["metadata"]["namespace"]) for item in self.of_kind("Deployment"))

    @property
    def node_ports(self) -> frozenset[int]:
        """The ports that the graph's Services take on every node."""
        ports = (port for item in self.of_kind("Service") for port in item["spec"].get("ports", []))
        return frozenset(int(port["nodePort"]) for port in ports if port.get("nodePort"))

    @property
    def makes_namespace(self) -> bool:
        """Whether the stack makes its namespace. Otherwise it has to exist."""
        return bool(self.of_kind("Namespace"))

    @cached_property
    def workloads(self) -> tuple[Workload, ...]:
        """The objects that run pods."""
        minimum = {
            str(item["spec"]["scaleTargetRef"]["name"]): int(item["spec"].get("minReplicas", 1))
            for item in self.of_kind("HorizontalPodAutoscaler")
        }
        return tuple(
            Workload(
                kind=kind,
                name=str(item["metadata"]["name"]),
                template=pod_template(item),
                replicas=int(item["spec"].get("replicas", minimum.get(str(item["metadata"]["name"]), 1))),
                surge=1 if kind == "Deployment" else 0,
            )
            for kind in ("Deployment", "StatefulSet", "Job", "CronJob")
            for item in self.of_kind(kind)
        )

    @cached_property
    def secrets(self) -> tuple[SecretUse, ...]:
        """Secrets that the graph refers to and does not make itself."""
        made = {str(item["metadata"]["name"]) for item in self.of_kind("Secret")}
        uses = (use for source in (self._of_pods(), self._of_ingresses()) for use in source)
        return tuple(dict.fromkeys(use for use in uses if use.name not in made))

    @property
    def foreign_groups(self) -> frozenset[str]:
        """Optional groups with versions (``gateway.networking.k8s.io/v1``), which a cluster may lack."""
        versions = {str(item["apiVersion"]) for item in self.objects}
        return frozenset(v for v in versions if v.rpartition("/")[0] not in BUILT_IN)

    def _of_pods(self) -> Iterator[SecretUse]:
        for workload in self.workloads:
            for entry in workload.pod.get("imagePullSecrets", []):
                yield SecretUse(str(entry["name"]), "pull")
            for volume in workload.pod.get("volumes", []):
                sources = [volume, *volume.get("projected", {}).get("sources", [])]
                yield from (use for source in sources if (use := _mounted(source)) is not None)
            for container in [*workload.pod.get("initContainers", []), *workload.pod["containers"]]:
                yield from _of_environment(container)

    def _of_ingresses(self) -> Iterator[SecretUse]:
        """Certificates, except those that cert-manager makes later (https://cert-manager.io/docs/usage/ingress)."""
        for item in self.of_kind("Ingress"):
            annotations: Mapping[str, Any] = item["metadata"].get("annotations", {})
            if not any(name.startswith("cert-manager.io/") for name in annotations):
                for tls in item["spec"].get("tls", []):
                    if "secretName" in tls:
                        yield SecretUse(str(tls["secretName"]), "tls", frozenset({"tls.crt", "tls.key"}))


def _mounted(volume: Object) -> SecretUse | None:
    secret: Object = volume.get("secret", {})
    name = secret.get("secretName", secret.get("name"))
    if name is None or secret.get("optional"):
        return None
    return SecretUse(str(name), "value", frozenset(str(item["key"]) for item in secret.get("items", [])))


def _of_environment(container: Object) -> Iterator[SecretUse]:
    for entry in container.get("env", []):
        reference: Object = entry.get("valueFrom", {}).get("secretKeyRef", {})
        if "name" in reference and not reference.get("optional"):
            yield SecretUse(str(reference["name"]), "value", frozenset({str(reference["key"])}))
    for entry in container.get("envFrom", []):
        if "secretRef" in entry and not entry["secretRef"].get("optional"):
            yield SecretUse(str(entry["secretRef"]["name"]), "value")
