"""Classes, kinds and Gateways that a graph names and the cluster may lack."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from portal.base.errors import InputError, SituationError, quoted
from portal.base.yaml_document import KeyPath
from portal.preflight.requirements import GraphRequirements, Object

if TYPE_CHECKING:
    from portal.preflight.snapshot import ClusterSnapshot

_DEFAULT = "storageclass.kubernetes.io/is-default-class"
_GATEWAY_DOCS = "https://gateway-api.sigs.k8s.io/guides"


def check_classes(
    requirements: GraphRequirements, snapshot: ClusterSnapshot, where: Callable[[KeyPath], str]
) -> Iterator[InputError]:
    """Find storage, Ingress and priority classes that the cluster lacks."""
    if "storageclasses" not in snapshot.unseen:
        for claim in requirements.of_kind("PersistentVolumeClaim"):
            yield from _storage(claim["spec"].get("storageClassName"), snapshot, where(("database", "storageClass")))
    ingress = {str(name) for item in requirements.of_kind("Ingress") if (name := item["spec"].get("ingressClassName"))}
    yield from _absent("IngressClass", ingress, snapshot, where(("ingress", "class")), "portal:ingress.class")
    priority = {str(name) for one in requirements.workloads if (name := one.pod.get("priorityClassName"))}
    at = where(("scheduling", "priorityClass"))
    yield from _absent("PriorityClass", priority, snapshot, at, "portal:scheduling.priorityClass")


def check_kinds(
    requirements: GraphRequirements, snapshot: ClusterSnapshot, where: Callable[[KeyPath], str]
) -> Iterator[InputError]:
    """Find kinds that have to be installed first: those of the Gateway API."""
    for version, kinds in sorted(snapshot.served.items()):
        wanted = {str(item["kind"]) for item in requirements.objects if item["apiVersion"] == version}
        for kind in sorted(wanted - kinds):
            route = kind == "HTTPRoute"
            yield SituationError(
                f"{'portal:gateway' if route else 'the stack'} needs {kind} of {version}, which the cluster lacks",
                f"install the Gateway API ({_GATEWAY_DOCS}), or use `portal:ingress`" if route else "install it",
                where=where(("gateway",) if route else ("cluster",)),
            )


def check_gateways(
    requirements: GraphRequirements, snapshot: ClusterSnapshot, where: Callable[[KeyPath], str]
) -> Iterator[InputError]:
    """Check the Gateway of a route, its listener, and whether that accepts routes of this namespace."""
    if "gateways" in snapshot.unseen or not any("Gateway" in kinds for kinds in snapshot.served.values()):
        return
    known = {(i["metadata"]["namespace"], i["metadata"]["name"]): i for i in snapshot.of_kind("Gateway")}
    parents = [parent for route in requirements.of_kind("HTTPRoute") for parent in route["spec"].get("parentRefs", [])]
    for parent in parents:
        place = (str(parent.get("namespace", requirements.namespace)), str(parent["name"]))
        for what in _listening(known.get(place), place, parent.get("sectionName"), requirements.namespace):
            yield SituationError(
                f"portal:gateway names {what}",
                "correct it, or ask whoever runs the Gateway",
                where=where(("gateway",)),
            )


def _listening(gateway: Object | None, place: tuple[str, str], section: str | None, namespace: str) -> Iterator[str]:
    if gateway is None:
        yield f"the Gateway {place[1]} in namespace {place[0]}, which does not exist"
        return
    listeners: list[Mapping[str, Any]] = gateway["spec"].get("listeners", [])
    chosen = [one for one in listeners if section in (None, one["name"])]
    if not chosen:
        names = ", ".join(sorted(str(one["name"]) for one in listeners)) or "it has none"
        yield f"the listener {section}, which the Gateway {place[1]} does not have ({names})"
    elif place[0] != namespace and all(_same_namespace_only(one) for one in chosen):
        yield f"the Gateway {place[1]}, whose listener accepts routes of namespace {place[0]} only, not of {namespace}"


def _same_namespace_only(listener: Mapping[str, Any]) -> bool:
    return listener.get("allowedRoutes", {}).get("namespaces", {}).get("from", "Same") == "Same"


def _storage(name: str | None, snapshot: ClusterSnapshot, where: str) -> Iterator[InputError]:
    known = snapshot.of_kind("StorageClass")
    names = [str(item["metadata"]["name"]) for item in known]
    default = any(item["metadata"].get("annotations", {}).get(_DEFAULT) == "true" for item in known)
    if name is None and not default:
        yield InputError(
            where=where,
            key="portal:database.storageClass",
            got="nothing",
            allowed=f"a storage class ({_listed(names)}), as the cluster has no default class",
            fix="write the class for the database's volume",
        )
    elif name and name not in names:
        yield InputError(
            where=where,
            key="portal:database.storageClass",
            got=quoted(name),
            allowed=f"a storage class of the cluster ({_listed(names)})",
            fix="choose one of them" if names else "install a storage provisioner",
        )


def _absent(kind: str, wanted: set[str], snapshot: ClusterSnapshot, where: str, key: str) -> Iterator[InputError]:
    if f"{kind.lower()}es" in snapshot.unseen:
        return
    names = [str(item["metadata"]["name"]) for item in snapshot.of_kind(kind)]
    for name in sorted(wanted.difference(names)):
        yield InputError(
            where=where,
            key=key,
            got=quoted(name),
            allowed=f"a class of the cluster ({_listed(names)})",
            fix="choose one of them" if names else f"create the {kind}, or install what brings it",
        )


def _listed(names: list[str]) -> str:
    return ", ".join(sorted(names)) or "it has none"
