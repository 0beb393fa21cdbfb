"""Databases: each ends in a connection, and only one of them makes anything."""

from __future__ import annotations

import pulumi
import pytest

from components.database.connection import DatabaseConnection, ExistingSecret
from components.database.external import ExternalDatabase, ExternalDatabaseArgs
from components.database.in_cluster import InClusterDatabase, InClusterDatabaseArgs, Storage
from policies.rules import violations
from portal.graph.model import Graph
from tests.components.given import DIGEST, METADATA, MIGRATION_LABELS, POD_LABELS, only, pod, recorded, secret


def in_cluster(storage: Storage | None = None) -> Graph:
    def make(opts: pulumi.ResourceOptions) -> None:
        args = InClusterDatabaseArgs(
            namespace="test",
            metadata=METADATA,
            image=f"database{DIGEST}",
            password=secret("password"),
            clients=[POD_LABELS, MIGRATION_LABELS],
            max_connections=40,
            storage=storage or Storage(size="1Gi"),
        )
        InClusterDatabase("database", args, opts)

    return recorded(make)


def test_it_keeps_every_rule() -> None:
    assert violations(in_cluster()) == []


@pytest.mark.parametrize("keep", [True, False])
def test_the_claim_outlives_a_destroy_and_the_server_does_not(keep: bool) -> None:
    """A protected server could never be replaced; data in a server's own claim template would go with it."""
    graph = in_cluster(Storage(size="1Gi", keep=keep))
    claim, server = only(graph, "PersistentVolumeClaim"), only(graph, "StatefulSet")
    assert (claim.protect, claim.retain_on_delete) == (keep, keep)
    assert not server.protect
    assert not server.retain_on_delete
    assert "volumeClaimTemplates" not in server.inputs["spec"]


def test_a_class_is_named_only_where_the_stack_names_one() -> None:
    """A class that is named as empty is no default: such a claim is never bound."""
    assert "storageClassName" not in only(in_cluster(), "PersistentVolumeClaim").inputs["spec"]
    chosen = in_cluster(Storage(size="1Gi", class_name="fast"))
    assert only(chosen, "PersistentVolumeClaim").inputs["spec"]["storageClassName"] == "fast"


def test_only_the_portals_pods_may_connect_and_it_reaches_nobody() -> None:
    spec = only(in_cluster(), "NetworkPolicy").inputs["spec"]
    (opened,) = spec["ingress"]
    assert opened["from"] == [{"podSelector": {"matchLabels": labels}} for labels in (POD_LABELS, MIGRATION_LABELS)]
    assert "egress" not in spec
    assert "Egress" in spec["policyTypes"]


def test_its_selector_is_of_labels_that_never_change() -> None:
    graph = in_cluster()
    selector = only(graph, "StatefulSet").inputs["spec"]["selector"]["matchLabels"]
    assert set(selector) == {"app.kubernetes.io/instance", "app.kubernetes.io/component"}
    assert all(service.inputs["spec"]["selector"] == selector for service in graph.of_kind("Service"))
    # Clients are another component of the same instance: a selector that fits both would send them to themselves.
    assert selector != POD_LABELS


def test_the_password_is_a_file_of_the_container_that_sets_it_and_of_no_other() -> None:
    spec = pod(in_cluster(), "StatefulSet")
    prepare, server = spec["initContainers"][0], spec["containers"][0]
    assert "password" in {mount["name"] for mount in prepare["volumeMounts"]}
    assert "password" not in {mount["name"] for mount in server["volumeMounts"]}
    assert {entry["name"] for entry in server["env"]} == {"PGDATA"}


def test_it_has_no_token() -> None:
    graph = in_cluster()
    assert pod(graph, "StatefulSet")["automountServiceAccountToken"] is False
    assert only(graph, "ServiceAccount").inputs["automountServiceAccountToken"] is False


def test_an_external_database_makes_nothing_and_its_certificate_is_verified() -> None:
    connections: list[DatabaseConnection] = []
    kept = ExistingSecret(name="theirs", key="password")
    args = ExternalDatabaseArgs(host="db.acme.example", port=5432, database="one", user="two", password=kept)
    graph = recorded(lambda opts: connections.append(ExternalDatabase("database", args, opts).connection))
    assert graph.objects() == []
    (made,) = connections
    assert (made.host, made.port, made.database, made.user) == ("db.acme.example", 5432, "one", "two")
    assert made.tls
    # Nothing to select: a network policy opens the port, whatever the address.
    assert made.pod_labels is None
    assert made.credential == kept
