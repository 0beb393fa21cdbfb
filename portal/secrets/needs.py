"""Which secrets a stack needs: those that nobody needs to choose, and those that a person has to get."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from portal.appconfig.plugins import StackPlugin

# Keys the hashes in names of secrets' objects: they show that a value changed and nothing about what it is.
HASH_KEY = "HASH_KEY"
DATABASE_PASSWORD = "DATABASE_PASSWORD"  # noqa: S105 - a name
SESSION_SECRET = "SESSION_SECRET"  # noqa: S105 - a name

GENERATED = {
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


def secret_needs(plugins: Mapping[str, StackPlugin]) -> dict[str, SecretNeed]:
    """Every secret of a stack by name."""
    needs = {
        name: SecretNeed(name, description, "`portal secrets init` writes it", generated=True)
        for name, description in GENERATED.items()
    }
    for plugin in plugins.values():
        connection = plugin.record.connection
        needed = [account.secrets for account in plugin.accounts.values()]
        if plugin.enabled and plugin.connected and connection is not None:
            needed.append(connection.secrets)
        for name, secret in ((name, secret) for given in needed for name, secret in given.items()):
            needs[name] = SecretNeed(name, secret.description, secret.obtain, secret.format)
    return needs


def generate() -> str:
    """A value of 256 bits for a secret that nobody needs to choose: letters and digits, safe in any file or URL."""
    return secrets.token_hex(32)
