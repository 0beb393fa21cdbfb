"""What the components of these tests are given, and their graphs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes

from components.database.connection import DatabaseConnection, ExistingSecret
from components.metadata import CommonMetadata
from components.secret_value import SecretValue
from portal.graph.model import Graph, Resource
from portal.graph.recorder import record_program

DIGEST = "@sha256:" + "1" * 64
LABELS = {"app.kubernetes.io/name": "portal", "app.kubernetes.io/instance": "test", "acme.example/team": "one"}
METADATA = CommonMetadata(labels=LABELS)
MIGRATION_LABELS = {"app.kubernetes.io/instance": "test", "app.kubernetes.io/component": "migration"}
POD_LABELS = {"app.kubernetes.io/instance": "test", "app.kubernetes.io/component": "backstage"}


def recorded(make: Callable[[pulumi.ResourceOptions], object], *, preview: bool = True) -> Graph:
    """The graph of what ``make`` makes in a cluster, whose provider it gets as a composition would hand it over."""

    def program() -> None:
        make(pulumi.ResourceOptions(provider=kubernetes.Provider("test", context="test")))

    return record_program(program, preview=preview)


def secret(value: str, fingerprint: str | None = None) -> SecretValue:
    """A secret, to be made within the program: an Output belongs to the run that it is made in."""
    return SecretValue(value=pulumi.Output.secret(value), fingerprint=fingerprint or f"fingerprint of {value}")


CONNECTION = DatabaseConnection(
    host="db.acme.example",
    port=6432,
    database="catalog",
    user="backstage",
    credential=ExistingSecret(name="theirs", key="pw"),
    tls=True,
)


def only(graph: Graph, kind: str) -> Resource:
    (resource,) = graph.of_kind(kind)
    return resource


def pod(graph: Graph, kind: str) -> Any:
    return only(graph, kind).inputs["spec"]["template"]["spec"]
