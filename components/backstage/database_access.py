"""How a pod reaches the portal's database: environment, files and network rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from components.backstage.database_credential import credential_use
from components.database.connection import DatabaseConnection
from components.network_rules import ANYWHERE, in_network, to_namespace, to_pods
from portal.base.pod_environment import literal
from portal.contract import (
    DATABASE_AUTHORITY,
    DATABASE_AUTHORITY_FILE,
    DATABASE_HOST,
    DATABASE_NAME,
    DATABASE_PORT,
    DATABASE_TLS,
    DATABASE_USER,
)

if TYPE_CHECKING:
    from pulumi_kubernetes.core.v1 import EnvVarArgsDict
    from pulumi_kubernetes.networking.v1 import NetworkPolicyEgressRuleArgsDict


def database_environment(database: DatabaseConnection) -> list[EnvVarArgsDict]:
    """The variables that app-config and the JavaScript modules read. None of them is secret."""
    tls: list[EnvVarArgsDict] = [{"name": DATABASE_TLS, "value": "verify"}] if database.tls else []
    if database.authority is not None:
        tls.append({"name": DATABASE_AUTHORITY, "value": DATABASE_AUTHORITY_FILE})
    return [
        {"name": DATABASE_HOST, "value": database.host},
        {"name": DATABASE_PORT, "value": str(database.port)},
        {"name": DATABASE_USER, "value": literal(database.user)},
        {"name": DATABASE_NAME, "value": literal(database.database)},
        credential_use(database.credential).environment,
        *tls,
    ]


def database_files(database: DatabaseConnection) -> dict[str, str]:
    """The files of a ConfigMap that the environment names, by path."""
    return {} if database.authority is None else {DATABASE_AUTHORITY_FILE: database.authority}


def database_egress(database: DatabaseConnection) -> list[NetworkPolicyEgressRuleArgsDict]:
    """Allow the database, and where a pod that has no password gets the credentials of its role."""
    return [_to_database(database), *credential_use(database.credential).egress]


def _to_database(database: DatabaseConnection) -> NetworkPolicyEgressRuleArgsDict:
    """As closely as its address lets a network policy name it."""
    if database.pod_labels is not None:
        return to_pods(database.pod_labels, database.port)
    if database.service_namespace is not None:
        return to_namespace(database.service_namespace, [database.port])
    networks = [in_network(cidr) for cidr in database.cidrs or (ANYWHERE,)]
    return {"to": networks, "ports": [{"port": database.port, "protocol": "TCP"}]}
