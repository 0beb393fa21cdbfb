"""A database on RDS, as it is recorded: who reaches it, who signs in, and what is left of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pulumi
import pytest

from components.database.connection import DatabaseConnection, IamSignIn
from components.database.existing_rds import ExistingRds, ExistingRdsArgs
from components.database.rds import LOGS, RdsDatabase, log_groups
from components.database.rds_args import RdsCare, RdsDatabaseArgs, RdsMoment, RdsPlace, RdsShape, RdsSnapshot
from components.identity.policy import policy
from policies.rules import violations
from portal.graph.difference import graph_difference
from portal.graph.model import UNKNOWN, Graph
from portal.graph.replacement import Effect
from tests.components.aws import ACCOUNT, BOUNDARY, KEY, REGION, document, of_type, recorded_in_aws, the

AUTHORITY = "-----BEGIN CERTIFICATE-----\nof RDS\n-----END CERTIFICATE-----\n"
PLACE = RdsPlace(
    account=ACCOUNT,
    region=REGION,
    vpc="vpc-1",
    subnets=["subnet-1", "subnet-2", "subnet-3"],
    cidrs=["10.40.16.0/24", "10.40.17.0/24", "10.40.18.0/24"],
    clients="sg-cluster",
    path="/portal/prod/",
    boundary=BOUNDARY,
)
SHAPE = RdsShape(instance_class="db.t4g.medium", storage=20, most_storage=100, max_connections=400, multi_az=True)
CARE = RdsCare(
    backup_days=14,
    backup_window="02:00-03:00",
    maintenance_window="sun:04:00-sun:05:00",
    apply_immediately=False,
    snapshot="final",
    log_days=365,
    keep=True,
)
ARGS = RdsDatabaseArgs(
    identifier="portal-prod",
    version="18",
    database="portal",
    user="portal",
    key=KEY,
    authority=AUTHORITY,
    place=PLACE,
    shape=SHAPE,
    care=CARE,
)


def graph_of(args: RdsDatabaseArgs = ARGS, *, preview: bool = False) -> Graph:
    def make(opts: pulumi.ResourceOptions) -> None:
        made = RdsDatabase("database", args, opts)
        pulumi.export("signIn", policy(made.sign_in))
        pulumi.export("readMaster", policy(made.read_master))
        pulumi.export("host", made.connection.host)
        pulumi.export("instance", made.instance)

    return recorded_in_aws(make, preview=preview)


def instance(args: RdsDatabaseArgs = ARGS) -> Any:
    return the(graph_of(args), "Instance").inputs


@pytest.mark.parametrize("source", [None, RdsSnapshot(snapshot="portal-prod-final")])
def test_it_keeps_every_rule(source: RdsSnapshot | None) -> None:
    assert violations(graph_of(replace(ARGS, source=source))) == []


def test_nothing_but_its_outputs_differs_between_a_preview_and_a_deployment() -> None:
    before, after = graph_of(preview=True), graph_of()
    assert set(before.resources) == set(after.resources)
    assert before.outputs["host"] == UNKNOWN
    assert after.outputs["host"].endswith(".rds.amazonaws.com")
    assert after.outputs["instance"] == "portal-prod"


def test_only_the_cluster_reaches_it_and_it_reaches_nobody() -> None:
    graph = graph_of()
    (rule,) = of_type(graph, "SecurityGroupIngressRule")
    ports = {key: rule.inputs[key] for key in ("referencedSecurityGroupId", "fromPort", "toPort", "ipProtocol")}
    assert ports == {"referencedSecurityGroupId": "sg-cluster", "fromPort": 5432, "toPort": 5432, "ipProtocol": "tcp"}
    assert of_type(graph, "SecurityGroupEgressRule") == []
    group = the(graph, "SecurityGroup").inputs
    assert not {"egress", "ingress"} & set(group)
    assert the(graph, "SubnetGroup").inputs["subnetIds"] == PLACE.subnets
    assert instance()["publiclyAccessible"] is False


def test_nobody_has_a_password_and_everything_is_encrypted_with_the_key() -> None:
    made = instance()
    assert not {"password", "passwordWo"} & set(made)
    assert made["manageMasterUserPassword"] is True
    assert made["iamDatabaseAuthenticationEnabled"] is True
    assert made["storageEncrypted"] is True
    for what in ("kmsKeyId", "masterUserSecretKmsKeyId", "performanceInsightsKmsKeyId"):
        assert made[what] == KEY
    assert {log.inputs["kmsKeyId"] for log in of_type(graph_of(), "LogGroup")} == {KEY}


def test_its_logs_are_there_before_it_and_end() -> None:
    graph = graph_of()
    logs = of_type(graph, "LogGroup")
    assert [log.inputs["name"] for log in logs] == sorted(log_groups("portal-prod"))
    assert {log.inputs["retentionInDays"] for log in logs} == {365}
    server = the(graph, "Instance")
    assert {log.urn for log in logs} < set(server.dependencies)
    exported = {f"/aws/rds/instance/portal-prod/{log}" for log in server.inputs["enabledCloudwatchLogsExports"]}
    assert exported == set(log_groups("portal-prod"))


@pytest.mark.parametrize(("version", "connections"), [("17", "1"), ("18", "all")])
def test_its_parameters_are_those_of_its_version(version: str, connections: str) -> None:
    group = the(graph_of(replace(ARGS, version=version)), "ParameterGroup").inputs
    assert group["family"] == f"postgres{version}"
    values = {one["name"]: one["value"] for one in group["parameters"]}
    assert values["rds.force_ssl"] == "1"
    assert values["max_connections"] == "400"
    assert values["log_connections"] == connections
    # What people wrote is in the values of statements.
    assert values["log_parameter_max_length"] == "0"
    methods = {one["name"]: one["applyMethod"] for one in group["parameters"]}
    assert [name for name, method in methods.items() if method == "pending-reboot"] == ["max_connections"]


def test_what_is_kept_outlives_a_destroy_whoever_asks_for_it() -> None:
    server = the(graph_of(), "Instance")
    assert (server.protect, server.retain_on_delete) == (True, True)
    kept = ("deletionProtection", "skipFinalSnapshot", "deleteAutomatedBackups", "finalSnapshotIdentifier")
    assert [server.inputs[key] for key in kept] == [True, False, False, "portal-prod-final"]


def test_what_is_not_kept_leaves_a_snapshot_when_it_is_deleted() -> None:
    """The way down: nothing refuses it any more, Pulumi deletes it, and RDS makes a snapshot first."""
    server = the(graph_of(replace(ARGS, care=replace(CARE, keep=False))), "Instance")
    assert (server.protect, server.retain_on_delete) == (False, False)
    left = ("deletionProtection", "skipFinalSnapshot", "deleteAutomatedBackups", "finalSnapshotIdentifier")
    assert [server.inputs[key] for key in left] == [False, False, False, "portal-prod-final"]


def test_what_is_thrown_away_leaves_nothing() -> None:
    graph = graph_of(replace(ARGS, care=replace(CARE, keep=False, snapshot=None, apply_immediately=True)))
    server = the(graph, "Instance")
    left = ("deletionProtection", "skipFinalSnapshot", "deleteAutomatedBackups")
    assert [server.inputs[key] for key in left] == [False, True, True]
    assert "finalSnapshotIdentifier" not in server.inputs
    assert [one.name for one in graph if one.protect or one.retain_on_delete] == []


@pytest.mark.parametrize(
    ("keep", "at_once", "stays"), [(True, False, True), (True, True, True), (False, False, True), (False, True, False)]
)
def test_a_group_that_the_instance_may_still_use_is_not_deleted(keep: bool, at_once: bool, stays: bool) -> None:
    """A major version has another group. RDS deletes none that is in use, and the upgrade waits for its window."""
    care = replace(CARE, keep=keep, apply_immediately=at_once)
    before, after = (graph_of(replace(ARGS, version=version, care=care)) for version in ("17", "18"))
    (group,) = [one for one in graph_difference(before, after) if one.kind == "rds.ParameterGroup"]
    assert group.word == Effect.REPLACED
    assert the(before, "ParameterGroup").retain_on_delete is stays


RESTORED = {
    "moment": (
        RdsMoment(at="2026-11-28T09:30:00Z", name="portal-prod"),
        {"restoreTime": "2026-11-28T09:30:00Z", "sourceDbInstanceIdentifier": "portal-prod"},
    ),
    "latest": (
        RdsMoment(at=None, name="portal-prod"),
        {"useLatestRestorableTime": True, "sourceDbInstanceIdentifier": "portal-prod"},
    ),
    "deleted": (
        RdsMoment(at=None, resource_id="db-ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
        {"useLatestRestorableTime": True, "sourceDbiResourceId": "db-ABCDEFGHIJKLMNOPQRSTUVWXYZ"},
    ),
    "snapshot": (RdsSnapshot(snapshot="portal-prod-final"), None),
}


@pytest.mark.parametrize("which", RESTORED)
def test_a_restored_instance_has_everything_but_what_it_is_restored_with(which: str) -> None:
    """By itself, RDS gives it another parameter group, no sign-in with roles and no protection."""
    source, moment = RESTORED[which]
    made = instance(replace(ARGS, identifier="portal-prod-1a2b3c", source=source))
    assert made.get("restoreToPointInTime") == moment
    assert made.get("snapshotIdentifier") == (source.snapshot if isinstance(source, RdsSnapshot) else None)
    own = {"allocatedStorage", "dbName", "kmsKeyId"}
    new = {"restoreToPointInTime", "snapshotIdentifier"}
    named = {"identifier", "finalSnapshotIdentifier"}
    fresh = instance()
    assert set(fresh) - set(made) == own
    assert {key: fresh[key] for key in fresh if key not in own | named} == {
        key: made[key] for key in made if key not in new | named
    }


def test_a_restore_takes_another_place_and_leaves_what_was_there() -> None:
    """A protected one is refused until somebody takes the protection of that one away: then Pulumi only forgets it."""
    restored = replace(ARGS, identifier="portal-prod-1a2b3c", source=RESTORED["moment"][0])
    before, after = graph_of(), graph_of(restored)
    (server,) = [one for one in graph_difference(before, after) if one.kind == "rds.Instance"]
    assert server.word == Effect.REFUSED
    kept = [one.name for one in before if one.retain_on_delete]
    assert {"database-server", "database-parameters", *(f"database-log-{log}" for log in LOGS)} == set(kept)
    assert {log.inputs["name"] for log in of_type(after, "LogGroup")} == set(log_groups("portal-prod-1a2b3c"))


def test_only_this_instance_reports_with_its_role() -> None:
    graph = graph_of()
    role = the(graph, "Role").inputs
    assert (role["path"], role["permissionsBoundary"]) == ("/portal/prod/", BOUNDARY)
    (trust,) = document(role["assumeRolePolicy"])
    assert trust["Condition"] == {
        "StringEquals": {"aws:SourceAccount": ACCOUNT},
        "ArnEquals": {"aws:SourceArn": f"arn:aws:rds:{REGION}:{ACCOUNT}:db:portal-prod"},
    }
    # The instance may assume it only once it has its rights.
    assert the(graph, "RolePolicyAttachment").urn in the(graph, "Instance").dependencies


def test_rights_are_for_one_role_of_this_instance_and_for_its_secret_alone() -> None:
    outputs = graph_of().outputs
    (sign_in,) = document(outputs["signIn"])
    assert sign_in["Action"] == ["rds-db:connect"]
    assert sign_in["Resource"] == [f"arn:aws:rds-db:{REGION}:{ACCOUNT}:dbuser:db-ABCDEFGHIJKLMNOPQRSTUVWXYZ/portal"]
    read, decrypt = document(outputs["readMaster"])
    (secret,) = read["Resource"]
    assert (read["Action"], secret.split(":")[2]) == (["secretsmanager:GetSecretValue"], "secretsmanager")
    assert (decrypt["Action"], decrypt["Resource"]) == (["kms:Decrypt"], [KEY])
    assert decrypt["Condition"]["StringEquals"] == {
        "kms:ViaService": f"secretsmanager.{REGION}.amazonaws.com",
        "kms:EncryptionContext:SecretARN": secret,
    }


def test_a_database_of_somebody_else_makes_nothing() -> None:
    connections: list[DatabaseConnection] = []

    def make(opts: pulumi.ResourceOptions) -> None:
        args = ExistingRdsArgs(
            host="acme.c0ffee.eu-west-1.rds.amazonaws.com",
            port=5432,
            database="catalog",
            user="portal_prod",
            account=ACCOUNT,
            region="eu-west-1",
            resource_id="db-ABC",
            authority=AUTHORITY,
        )
        made = ExistingRds("database", args, opts)
        connections.append(made.connection)
        pulumi.export("signIn", policy(made.sign_in))

    graph = recorded_in_aws(make, preview=False)
    assert [one for one in graph if one.custom and not one.is_provider] == []
    (statement,) = document(graph.outputs["signIn"])
    assert statement["Resource"] == [f"arn:aws:rds-db:eu-west-1:{ACCOUNT}:dbuser:db-ABC/portal_prod"]
    (made,) = connections
    assert (made.credential, made.tls, made.authority) == (IamSignIn(region="eu-west-1"), True, AUTHORITY)
