"""Which secrets a stack needs: those that are generated, and those that a person has to provide."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from portal.contract import BACKUP_SECRET_KEY, DATABASE_PASSWORD, HASH_KEY, LOAD_BALANCER_SECRET, SESSION_SECRET
from portal.models.database import DatabaseSettings
from portal.models.stack import StackSettings
from portal.plugins.record import SecretRecord

# The secrets that can be generated. A database engine says whether it needs its own.
_GENERATED = {
    DATABASE_PASSWORD: "the password of the portal's role in its database",
    HASH_KEY: "the key for the hashes in the names of Secrets",
    SESSION_SECRET: "the key that signs the cookies of sign-in sessions",
}
_ALWAYS = (HASH_KEY, SESSION_SECRET)
# Of the portal's own secrets from people, those that services take as one line only.
_LINES = (BACKUP_SECRET_KEY, LOAD_BALANCER_SECRET)


@dataclass(frozen=True)
class SecretNeed:
    """One secret that a stack needs. ``format`` is the content of its file, with ``{value}`` in it.

    ``shape`` is what its value looks like (:attr:`portal.plugins.record.SecretRecord.shape`).
    """

    name: str
    description: str
    obtain: str
    format: str = "{value}"
    shape: str = "text"
    generated: bool = False


def generated_names(database: type[DatabaseSettings]) -> tuple[str, ...]:
    """The secrets that are generated, for a database engine by the class of its settings."""
    return tuple(sorted({*_ALWAYS, *database.generated_secrets}))


def own_need(name: str, description: str, obtain: str) -> SecretNeed:
    """A secret of the portal's own settings, which no record describes."""
    return SecretNeed(name, description, obtain, shape="line" if name in _LINES else "text")


def secret_needs(settings: StackSettings, required: Iterable[Mapping[str, SecretRecord]]) -> dict[str, SecretNeed]:
    """All secrets of a stack, by name. ``required`` are those of its sources, providers and connected plugins."""
    needs = {
        name: SecretNeed(name, _GENERATED[name], "`portal secrets init` writes it", generated=True)
        for name in generated_names(type(settings.database))
    }
    for name, (description, obtain) in settings.required_secrets.items():
        needs[name] = own_need(name, description, obtain)
    for given in required:
        for name, secret in given.items():
            needs[name] = SecretNeed(name, secret.description, secret.obtain, secret.format, secret.shape)
    return needs


def generate() -> str:
    """A random value of 256 bits for a generated secret: hex digits, safe in any file or URL."""
    return secrets.token_hex(32)
