"""What the local stack asks of a cluster, as if it were deployed into a namespace that it is not in."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from typing import Any

from portal.base.process import output
from portal.kubernetes.kubectl import Kubectl
from portal.preflight.requirements import GraphRequirements
from tests.e2e.conftest import Workplace, graph_of

OWN = "preflight-own"
Edit = Callable[[Any], object]


def requirements_elsewhere(workplace: Workplace) -> GraphRequirements:
    """The local stack's graph, in another namespace that does not exist, and without its node port, which it has."""
    graph = moved(GraphRequirements.of(graph_of(workplace.checkout.root, "local")), OWN)
    return edited(graph, "Service", lambda service: [port.pop("nodePort", None) for port in service["spec"]["ports"]])


def moved(requirements: GraphRequirements, target: str) -> GraphRequirements:
    objects = copy.deepcopy(list(requirements.objects))
    for item in objects:
        if item["kind"] == "Namespace":
            item["metadata"]["name"] = target
        elif "namespace" in item["metadata"]:
            item["metadata"]["namespace"] = target
    return GraphRequirements(requirements.stack, tuple(objects))


def edited(requirements: GraphRequirements, kind: str, edit: Edit) -> GraphRequirements:
    objects = copy.deepcopy(list(requirements.objects))
    for item in objects:
        if item["kind"] == kind:
            edit(item)
    return GraphRequirements(requirements.stack, tuple(objects))


@contextmanager
def namespace(kubectl: Kubectl, name: str, *objects: Mapping[str, Any], **labels: str) -> Generator[None]:
    """A namespace with a few objects, for as long as it is needed."""
    space = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}
    items = [space, *({**item, "metadata": {**item["metadata"], "namespace": name}} for item in objects)]
    try:
        output(
            kubectl.command("create", "--filename=-"),
            stdin=json.dumps({"apiVersion": "v1", "kind": "List", "items": items}),
        )
        yield
    finally:
        output(kubectl.command("delete", "namespace", name, "--ignore-not-found", patience=0))
