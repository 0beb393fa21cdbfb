"""The Jobs of a deployment: what each may do, what it depends on, and when another one is made."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pulumi
import pytest

from components.backstage import DatabaseMigration, DatabaseMigrationArgs, Verification, VerificationArgs
from components.backstage.args import Start
from components.database.connection import ExistingSecret
from policies.rules import violations
from portal.graph.model import Graph
from tests.components.given import (
    CONNECTION,
    DIGEST,
    METADATA,
    MIGRATION_LABELS,
    POD_LABELS,
    only,
    pod,
    recorded,
    secret,
)
from tests.components.test_backstage import START, graph_of

SETS: dict[str, list[dict[str, Any]]] = {"catalog": [{"package": "@acme/catalog", "names": ["1.js"]}]}
ASKED = {"plugins": ["catalog", "search"], "reads": {"catalog": "/api/catalog/entities"}}
FACTS = {"release": "r-1", "program": "", "image": f"portal{DIGEST}", "configuration": "c"}
VERIFIES = {"app.kubernetes.io/instance": "test", "app.kubernetes.io/component": "verification"}


def migration(*, fingerprint: str = "one", **changes: object) -> Graph:
    def make(opts: pulumi.ResourceOptions) -> None:
        args = DatabaseMigrationArgs(
            namespace="test",
            metadata=METADATA,
            labels=MIGRATION_LABELS,
            image=f"portal{DIGEST}",
            database=replace(CONNECTION, credential=secret("canary", fingerprint)),
            migrations=SETS,
        )
        DatabaseMigration("migration", replace(args, **changes), opts)  # pyright: ignore[reportArgumentType]

    return recorded(make)


def verification(**changes: object) -> Graph:
    def make(opts: pulumi.ResourceOptions) -> None:
        args = VerificationArgs(
            namespace="test",
            metadata=METADATA,
            labels=VERIFIES,
            portal_labels=POD_LABELS,
            image=f"portal{DIGEST}",
            address="http://backstage:80",
            questions=ASKED,
            facts=FACTS,
            after=(),
        )
        Verification("verification", replace(args, **changes), opts)  # pyright: ignore[reportArgumentType]

    return recorded(make)


@pytest.mark.parametrize("graph", [migration, verification], ids=["migration", "verification"])
def test_they_keep_every_rule(graph: Any) -> None:
    assert violations(graph()) == []


def test_the_job_that_migrates_has_the_password_and_reaches_the_database_alone() -> None:
    graph = migration()
    (volume,) = (one for one in pod(graph, "Job")["volumes"] if "secret" in one)
    assert volume["secret"]["secretName"] == only(graph, "Secret").name
    assert only(graph, "Secret").name.startswith("migrate-secrets-")
    spec = only(graph, "NetworkPolicy").inputs["spec"]
    assert {port["port"] for rule in spec["egress"] for port in rule["ports"]} == {53, CONNECTION.port}
    assert "ingress" not in spec
    assert pod(graph, "Job")["automountServiceAccountToken"] is False


def test_a_password_that_others_keep_is_mounted_from_there() -> None:
    graph = migration(database=replace(CONNECTION, credential=ExistingSecret(name="theirs", key="pw")))
    assert graph.of_kind("Secret") == []
    (volume,) = (one for one in pod(graph, "Job")["volumes"] if "secret" in one)
    assert volume["secret"]["secretName"] == "theirs"


def test_the_job_that_asks_reaches_the_portal_alone() -> None:
    graph = verification()
    assert graph.of_kind("Secret") == []
    spec = only(graph, "NetworkPolicy").inputs["spec"]
    (portal,) = (rule for rule in spec["egress"] if rule["ports"][0]["port"] != 53)
    assert portal["to"] == [{"podSelector": {"matchLabels": POD_LABELS}}]


def test_the_record_comes_after_the_job_and_says_what_was_asked() -> None:
    graph = verification()
    (record,) = (one for one in graph.of_kind("ConfigMap") if one.name.startswith("verified-"))
    assert only(graph, "Job").urn in record.dependencies
    assert record.inputs["data"] == {**FACTS, "asked": "catalog search"}


@pytest.mark.parametrize(
    "changes",
    [
        {"image": "portal@sha256:" + "2" * 64},
        {"migrations": {"catalog": [{"package": "@acme/catalog", "names": ["1.js", "2.js"]}]}},
        {
            "database": replace(
                CONNECTION, host="other.acme.example", credential=ExistingSecret(name="theirs", key="pw")
            )
        },
    ],
    ids=["image", "migrations", "database"],
)
def test_whatever_the_job_depends_on_makes_another_job(changes: dict[str, Any]) -> None:
    """A Job cannot be changed: with the same name, the API server would refuse it."""
    before, after = (only(graph, "Job") for graph in (migration(), migration(**changes)))
    assert before.name != after.name
    assert before.name == only(migration(), "Job").name


def test_another_secret_makes_another_job_and_shows_nothing_of_it() -> None:
    one, two = migration(fingerprint="one"), migration(fingerprint="two")
    assert only(one, "Job").name != only(two, "Job").name
    assert "canary" not in repr(one)


def test_a_job_that_failed_is_made_again_by_the_next_deployment() -> None:
    for graph in (migration(), verification()):
        annotations = only(graph, "Job").inputs["metadata"]["annotations"]
        assert annotations["pulumi.com/replaceUnready"] == "true"
        # An engine waits for longer than the Job may take: else it would report a time-out in place of the cause.
        assert (
            int(annotations["pulumi.com/timeoutSeconds"]) > only(graph, "Job").inputs["spec"]["activeDeadlineSeconds"]
        )


def test_pods_that_migrate_may_take_their_time_and_others_may_not() -> None:
    def budgets(start: Start) -> tuple[int, int]:
        deployment = only(graph_of(start=start), "Deployment").inputs["spec"]
        (container,) = deployment["template"]["spec"]["containers"]
        return container["startupProbe"]["failureThreshold"], deployment["progressDeadlineSeconds"]

    assert budgets(START) == (90, 115)
    assert budgets(replace(START, migrates=True)) == (600, 900)
