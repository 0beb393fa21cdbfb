"""Pods that sign in to RDS: no password, and no further than the database, their credentials and what they read."""

from __future__ import annotations

import json
from typing import Any

import pytest

from components.backstage import DatabaseMigration, DatabaseMigrationArgs
from components.backstage.rds_role import RdsRole, RdsRoleArgs
from components.database.connection import DatabaseConnection, IamSignIn
from policies.rules import violations
from portal.base.json_types import is_mapping
from portal.graph.model import Graph
from tests.components.aws import REGION
from tests.components.given import DIGEST, METADATA, MIGRATION_LABELS, only, pod, recorded

AUTHORITY = "-----BEGIN CERTIFICATE-----\nof RDS\n-----END CERTIFICATE-----\n"
NETWORKS = ["10.40.16.0/24", "10.40.17.0/24", "10.40.18.0/24"]
CONNECTION = DatabaseConnection(
    host="db.rds.example",
    port=5432,
    database="portal",
    user="portal",
    credential=IamSignIn(region=REGION),
    cidrs=NETWORKS,
    tls=True,
    authority=AUTHORITY,
)
LABELS = {"app.kubernetes.io/instance": "test", "app.kubernetes.io/component": "database-role"}


def role_job() -> Graph:
    args = RdsRoleArgs(
        namespace="test",
        metadata=METADATA,
        labels=LABELS,
        image=f"portal{DIGEST}",
        database=CONNECTION,
        master_secret="arn:aws:secretsmanager:eu-central-1:111122223333:secret:rds!db-1",
        region=REGION,
        account="database-role",
        after=(),
        dns=["172.20.0.10/32"],
    )
    return recorded(lambda opts: RdsRole("database-role", args, opts))


def migration() -> Graph:
    args = DatabaseMigrationArgs(
        namespace="test",
        metadata=METADATA,
        labels=MIGRATION_LABELS,
        image=f"portal{DIGEST}",
        database=CONNECTION,
        migrations={"catalog": []},
        account="migration",
    )
    return recorded(lambda opts: DatabaseMigration("migration", args, opts))


@pytest.mark.parametrize("graph", [role_job, migration], ids=["role", "migration"])
def test_pods_have_an_account_a_region_and_an_authority_and_no_secret(graph: Any) -> None:
    made: Graph = graph()
    assert violations(made) == []
    assert made.of_kind("Secret") == []
    spec = pod(made, "Job")
    assert spec["serviceAccountName"] in {"database-role", "migration"}
    assert spec["automountServiceAccountToken"] is False
    assert [one for one in spec["volumes"] if "secret" in one] == []
    environment = {one["name"]: one["value"] for one in spec["containers"][0]["env"]}
    assert environment["PORTAL_DB_REGION"] == REGION
    assert environment["PORTAL_DB_TLS"] == "verify"
    assert not [name for name in environment if "PASSWORD" in name]
    (files,) = made.of_kind("ConfigMap")
    assert files.inputs["data"]["database-authority.pem"] == AUTHORITY
    assert "getAuthToken" in files.inputs["data"]["database-client.mjs"]


def test_pods_reach_the_database_and_their_credentials_and_one_of_them_secrets() -> None:
    def reached(graph: Graph) -> set[tuple[str, int]]:
        spec = only(graph, "NetworkPolicy").inputs["spec"]
        assert "ingress" not in spec
        return {
            (peer["ipBlock"]["cidr"], port["port"])
            for rule in spec["egress"]
            for peer in rule["to"]
            for port in rule["ports"]
            if is_mapping(peer.get("ipBlock")) and port["port"] != 53
        }

    needed = {*((cidr, 5432) for cidr in NETWORKS), ("169.254.170.23/32", 80)}
    assert reached(migration()) == needed
    assert reached(role_job()) == {*needed, ("0.0.0.0/0", 443)}


def test_the_job_knows_its_secret_by_name_only() -> None:
    environment = {one["name"]: one["value"] for one in pod(role_job(), "Job")["containers"][0]["env"]}
    assert environment["PORTAL_MASTER_SECRET"].startswith("arn:aws:secretsmanager:")
    assert environment["PORTAL_SECRETS_ADDRESS"] == f"https://secretsmanager.{REGION}.amazonaws.com"
    assert json.dumps(environment).count("secret:rds!") == 1
