"""How a portal reaches its database, whichever it is."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from components.secret_value import SecretValue


@dataclass(frozen=True)
class DatabaseConnection:
    """Host, port, database and role, and the role's password.

    ``pod_labels`` are those of the pods that serve it, where it runs in the same namespace: network policies open
    there.
    """

    host: pulumi.Input[str]
    port: int
    database: str
    user: str
    password: SecretValue
    pod_labels: dict[str, str] | None = None
