"""Databases of RDS."""

from __future__ import annotations

from collections.abc import Iterator

from policies.aws.resources import has, is_given, is_true, linked, of_type, require, value
from policies.control import Control
from portal.base.json_types import is_list, is_mapping
from portal.graph.model import UNKNOWN, Graph

_INSTANCE = "rds/instance:Instance"
_PARAMETERS = "rds/parameterGroup:ParameterGroup"
_LEAST_BACKUP_DAYS = 7
# What every attacker tries first (https://docs.aws.amazon.com/securityhub/latest/userguide/rds-controls.html#rds-25).
_EXPECTED_NAMES = {"admin", "administrator", "postgres", "root", "sa", "user"}
_FORCE_TLS = "rds.force_ssl"


def _over_tls(graph: Graph) -> Iterator[str]:
    for instance in of_type(graph, _INSTANCE):
        groups = [
            group
            for group in of_type(graph, _PARAMETERS)
            if group.urn in instance.property_dependencies.get("parameterGroupName", ())
        ]
        if not groups:
            yield f"{instance.name}: has no parameter group of its own that requires TLS"
    for group in of_type(graph, _PARAMETERS):
        parameters = value(group, "parameters")
        listed = parameters if is_list(parameters) else [parameters]
        if not any(one == UNKNOWN or _requires_tls(one) for one in listed):
            yield f"{group.name}: lets clients connect without TLS ({_FORCE_TLS} is not 1)"


def _requires_tls(parameter: object) -> bool:
    return (
        is_mapping(parameter)
        and parameter.get("name") in (_FORCE_TLS, UNKNOWN)
        and parameter.get("value") in ("1", 1, UNKNOWN)
    )


def _no_password(graph: Graph) -> Iterator[str]:
    for instance in of_type(graph, _INSTANCE):
        if value(instance, "manageMasterUserPassword") not in (True, UNKNOWN) or "password" in instance.inputs:
            yield f"{instance.name}: its master password is not one that RDS makes and rotates"


def _rotated(graph: Graph) -> Iterator[str]:
    for secret in of_type(graph, "secretsmanager/secret:Secret"):
        if not linked(graph, secret, "secretId", "secretsmanager/secretRotation:SecretRotation"):
            yield f"{secret.name}: nothing rotates it"
    yield from _no_password(graph)


def _kept(graph: Graph) -> Iterator[str]:
    for instance in of_type(graph, _INSTANCE):
        if value(instance, "skipFinalSnapshot") not in (None, False, UNKNOWN):
            yield f"{instance.name}: no snapshot is left when it is deleted"
        if value(instance, "deleteAutomatedBackups") not in (False, UNKNOWN):
            yield f"{instance.name}: its backups go with it"


CONTROLS = (
    Control(
        ids=("RDS.2", "CIS 3.2.3"),
        title="A database has no address on the internet",
        check=require(_INSTANCE, "publiclyAccessible", lambda found: not found, "has an address on the internet"),
    ),
    Control(
        ids=("RDS.3", "CIS 3.2.1"),
        title="A database is encrypted",
        check=require(_INSTANCE, "storageEncrypted", is_true, "is not encrypted at rest"),
    ),
    Control(
        ids=("RDS.5", "CIS 3.2.4"),
        title="A database outlives the loss of a zone",
        check=require(_INSTANCE, "multiAz", is_true, "is in one zone only (`multiAz: true` adds another instance)"),
        advisory=True,
    ),
    Control(
        ids=("RDS.6",),
        title="A database reports what its operating system does",
        check=require(_INSTANCE, "monitoringInterval", is_given, "does not report what its operating system does"),
    ),
    Control(
        ids=("RDS.8",),
        title="AWS refuses to delete a database",
        check=require(_INSTANCE, "deletionProtection", is_true, "one call of AWS's API deletes it with its data"),
        advisory=True,
    ),
    Control(
        ids=("RDS.9",),
        title="A database publishes its logs",
        check=require(
            _INSTANCE,
            "enabledCloudwatchLogsExports",
            has("postgresql", "upgrade"),
            "does not publish all of its logs to CloudWatch",
        ),
    ),
    Control(
        ids=("RDS.36",),
        title="A PostgreSQL database publishes what PostgreSQL logs",
        check=require(
            _INSTANCE,
            "enabledCloudwatchLogsExports",
            has("postgresql"),
            "does not publish what PostgreSQL logs to CloudWatch",
        ),
    ),
    Control(
        ids=("RDS.10",),
        title="Roles sign in to a database instead of passwords",
        check=require(_INSTANCE, "iamDatabaseAuthenticationEnabled", is_true, "nothing can sign in with an AWS role"),
    ),
    Control(
        ids=("RDS.11",),
        title="A database can be restored to any moment of the last week",
        check=require(
            _INSTANCE,
            "backupRetentionPeriod",
            lambda found: isinstance(found, int | float) and found >= _LEAST_BACKUP_DAYS,
            f"its backups stay for less than {_LEAST_BACKUP_DAYS} days",
        ),
        advisory=True,
    ),
    Control(
        ids=("RDS.13", "CIS 3.2.2"),
        title="A database gets minor versions by itself",
        check=require(
            _INSTANCE,
            "autoMinorVersionUpgrade",
            lambda found: found is not False,
            "does not get minor versions, which mend security, by itself",
        ),
    ),
    Control(
        ids=("RDS.17",),
        title="Snapshots have the tags of their database",
        check=require(_INSTANCE, "copyTagsToSnapshot", is_true, "its snapshots do not say whose they are"),
    ),
    Control(
        ids=("RDS.18",),
        title="A database is in a VPC of ours",
        check=require(_INSTANCE, "dbSubnetGroupName", is_given, "is in no subnets of ours"),
    ),
    Control(
        ids=("RDS.25",),
        title="The master user of a database has a name of its own",
        check=require(
            _INSTANCE,
            "username",
            lambda found: bool(found) and str(found).lower() not in _EXPECTED_NAMES,
            "its master user has a name that attackers try first",
        ),
    ),
    Control(ids=("RDS.38",), title="Clients connect to a database over TLS only", check=_over_tls),
    Control(
        ids=("SecretsManager.1",),
        title="Passwords in AWS are rotated: RDS makes and rotates that of the master user",
        check=_rotated,
    ),
    Control(
        title="What is needed to restore a database outlives it",
        check=_kept,
        advisory=True,
    ),
)
