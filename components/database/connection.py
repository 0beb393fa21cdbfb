"""How a portal connects to its database, whichever engine it is."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from components.secret_value import SecretValue


@dataclass(frozen=True, kw_only=True)
class ExistingSecret:
    """A key of an existing Secret."""

    name: str
    key: str


@dataclass(frozen=True, kw_only=True)
class DatabaseConnection:
    """Host, port, database and role.

    ``password`` is a value of the stack's, or a key of a Secret that somebody else keeps in the namespace.
    Network policies open where it is: ``pod_labels`` are those of the pods that serve it in the same namespace,
    ``service_namespace`` is another namespace of the cluster, ``cidr`` a network. Without these, any address is open on
    its port. ``tls``: its certificate is verified, with ``authority`` (PEM) or, absent, with the public ones.
    """

    host: pulumi.Input[str]
    port: int
    database: str
    user: str
    password: SecretValue | ExistingSecret
    pod_labels: dict[str, str] | None = None
    service_namespace: str | None = None
    cidr: str | None = None
    tls: bool = False
    authority: str | None = None
