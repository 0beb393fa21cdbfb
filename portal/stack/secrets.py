"""Which secrets a stack needs: those that nobody needs to choose, and those that a person has to get."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from portal.models.database import ExternalDatabase
from portal.models.stack import StackSettings
from portal.stack.plugins import StackPlugin
from portal.stack.sources import StackGithub

# Keys the hashes in names of secrets' objects: they show that a value changed and nothing about what it is.
HASH_KEY = "HASH_KEY"
DATABASE_PASSWORD = "DATABASE_PASSWORD"  # noqa: S105 - a name
SESSION_SECRET = "SESSION_SECRET"  # noqa: S105 - a name

_GENERATED = {
    DATABASE_PASSWORD: "the password of the portal's role in its database",
    HASH_KEY: "the key of the hashes in names of secrets",
    SESSION_SECRET: "what signs the cookies of sign-in sessions",
}


@dataclass(frozen=True)
class SecretNeed:
    """One secret that a stack needs. ``format`` is what its file holds, around the value."""

    name: str
    description: str
    obtain: str
    format: str = "{value}"
    generated: bool = False


def generated_names(engine: str) -> tuple[str, ...]:
    """The secrets that nobody needs to choose: the password of a database elsewhere is not among them."""
    return tuple(name for name in _GENERATED if name != DATABASE_PASSWORD or engine == "in-cluster")


def secret_needs(
    plugins: Mapping[str, StackPlugin], github: StackGithub, settings: StackSettings
) -> dict[str, SecretNeed]:
    """Every secret of a stack by name."""
    database = settings.database
    needs = {
        name: SecretNeed(name, _GENERATED[name], "`portal secrets init` writes it", generated=True)
        for name in generated_names(database.engine)
    }
    if isinstance(database, ExternalDatabase) and database.password_secret is None:
        whose = f"The password of the role {database.user}"
        needs[DATABASE_PASSWORD] = SecretNeed(DATABASE_PASSWORD, whose, f"whoever runs {database.host} has it")
    required = [github.secrets]
    for plugin in plugins.values():
        connection = plugin.record.connection
        required.extend(account.secrets for account in plugin.accounts.values())
        if plugin.enabled and plugin.connected and connection is not None:
            required.append(connection.secrets)
    for given in required:
        for name, secret in given.items():
            needs[name] = SecretNeed(name, secret.description, secret.obtain, secret.format)
    return needs


def generate() -> str:
    """A value of 256 bits for a secret that nobody needs to choose: letters and digits, safe in any file or URL."""
    return secrets.token_hex(32)
