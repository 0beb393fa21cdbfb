"""How a portal connects to its database, whichever engine it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from components.secret_value import SecretValue


@dataclass(frozen=True, kw_only=True)
class ExistingSecret:
    """A key of an existing Secret."""

    name: str
    key: str


@dataclass(frozen=True, kw_only=True)
class IamSignIn:
    """A token in place of a password, which the pod signs itself with the credentials of its AWS role.

    ``region`` is the database's. A token opens connections for 15 minutes; those that are open stay open
    (https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.html).
    """

    region: str


Credential = SecretValue | ExistingSecret | IamSignIn


@dataclass(frozen=True, kw_only=True)
class DatabaseConnection:
    """Host, port, database and role.

    ``credential`` is a password of the stack's, a key of a Secret that somebody else keeps in the namespace, or a
    sign-in without a password. Network policies open where it is: ``pod_labels`` are those of the pods that serve it in
    the same namespace, ``service_namespace`` is another namespace of the cluster, ``cidrs`` are networks. Without
    these, any address is open on its port. ``tls``: its certificate is verified, with ``authority`` (PEM) or, absent,
    with the public ones.
    """

    host: pulumi.Input[str]
    port: int
    database: str
    user: str
    credential: Credential
    pod_labels: dict[str, str] | None = None
    service_namespace: str | None = None
    cidrs: Sequence[str] = ()
    tls: bool = False
    authority: str | None = None
