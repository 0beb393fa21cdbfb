"""Graphs with one thing wrong, by the rule that must notice."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from portal.graph.model import Graph, Resource


def changed(graph: Graph, kind: str, change: Callable[[Resource], Resource]) -> Graph:
    """A graph in which the resources of a kind are changed."""
    resources = {r.urn: change(r) if r.type.endswith(f":{kind}") else r for r in graph}
    return replace(graph, resources=resources)


def _inputs(edit: Callable[[Any], None]) -> Callable[[Resource], Resource]:
    def change(resource: Resource) -> Resource:
        inputs = copy.deepcopy(dict(resource.inputs))
        edit(inputs)
        return replace(resource, inputs=inputs)

    return change


def _container(edit: Callable[[Any], None]) -> Callable[[Resource], Resource]:
    return _inputs(lambda inputs: edit(inputs["spec"]["template"]["spec"]["containers"][0]))


BROKEN: dict[str, Callable[[Graph], Graph]] = {
    "explicit_providers": lambda g: changed(g, "Service", lambda r: replace(r, provider="")),
    "images_by_digest": lambda g: changed(g, "Deployment", _container(lambda c: c.update(image="portal:latest"))),
    "restricted_pods": lambda g: changed(g, "Deployment", _container(lambda c: c.pop("securityContext"))),
    "bounded_resources": lambda g: changed(g, "Deployment", _container(lambda c: c["resources"].pop("limits"))),
    "data_is_kept": lambda g: changed(g, "PersistentVolumeClaim", lambda r: replace(r, retain_on_delete=False)),
    "content_named": lambda g: changed(g, "ConfigMap", _inputs(lambda i: i.pop("immutable"))),
    "secrets_stay_secret": lambda g: changed(g, "Secret", lambda r: replace(r, secret=frozenset())),
    "guests_stay_inside": lambda g: changed(g, "Service", _inputs(lambda i: i["spec"].update(type="LoadBalancer"))),
    "networks_are_limited": lambda g: changed(
        g, "NetworkPolicy", _inputs(lambda i: i["spec"].update(egress=[{"ports": [{"port": 80}]}]))
    ),
    "no_credential_in_plain": lambda g: changed(
        g, "ConfigMap", _inputs(lambda i: i["data"].update(note="Authorization: x\nghp_abcdef123456"))
    ),
    "selected_by_policy": lambda g: replace(
        g, resources={r.urn: r for r in g if not r.type.endswith(":NetworkPolicy")}
    ),
}


def changed_inputs(graph: Graph, kind: str, edit: Callable[[Any], None]) -> Graph:
    """A graph in which the inputs of a kind are edited."""
    return changed(graph, kind, _inputs(edit))
