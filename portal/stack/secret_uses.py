"""Every secret that something in a stack reads, or would read after a change of its settings, and what reads it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace

from portal.contract import BACKUP_SECRET_KEY, LOAD_BALANCER_SECRET
from portal.plugins.record import SecretRecord
from portal.stack.resolve import ResolvedStack
from portal.stack.secrets import SecretNeed, own_need, secret_needs


@dataclass(frozen=True)
class SecretUse:
    """One secret. ``used_by`` is what reads it, in words. ``needed``: the stack reads it as it is now."""

    need: SecretNeed
    used_by: tuple[str, ...]
    needed: bool


def secret_uses(stack: ResolvedStack, named: Collection[str]) -> dict[str, SecretUse]:
    """All of them by name, in alphabetical order. ``named`` are those that the app-config names.

    Secrets of plugins that are not connected are among them: people store a token before they connect its plugin.
    """
    uses: dict[str, SecretUse] = {}
    for name, need in secret_needs(stack.settings, ()).items():
        uses[name] = SecretUse(need, ("portal",), needed=True)
    for who, secrets in _readers(stack):
        for name, secret in secrets.items():
            need = SecretNeed(name, secret.description, secret.obtain, secret.format, secret.shape)
            before = uses.get(name, SecretUse(need, (), name in stack.needs or name in named))
            uses[name] = replace(before, used_by=(*before.used_by, who))
    # Stored before there is a bucket, or after there was one. A database with backups of its own never has one.
    if stack.settings.database.own_backups is None:
        bucket = own_need(
            BACKUP_SECRET_KEY, "The secret part of the access key of a bucket for backups", "from whoever gave it out"
        )
        uses.setdefault(BACKUP_SECRET_KEY, SecretUse(bucket, ("backups in a bucket",), needed=False))
    # In the same way.
    if stack.settings.load_balancer is not None:
        client = own_need(
            LOAD_BALANCER_SECRET, "The secret of the client that the load balancer signs people in with", "its provider"
        )
        uses.setdefault(LOAD_BALANCER_SECRET, SecretUse(client, ("sign-in by the load balancer",), needed=False))
    for name in named:
        need = SecretNeed(name, "A secret that appConfig names", "from whoever gave out what it opens")
        uses.setdefault(name, SecretUse(need, ("appConfig",), needed=True))
    return dict(sorted(uses.items()))


def _readers(stack: ResolvedStack) -> Iterator[tuple[str, Mapping[str, SecretRecord]]]:
    release = stack.release
    for source in release.sources.values():
        for name, credential in source.credentials.items():
            yield f"source {source.id}, credential {name}", credential.secrets
    for provider in release.sign_in.values():
        yield f"sign-in {provider.id}", provider.secrets
    for plugin in release.plugins.values():
        if plugin.connection is not None:
            yield f"plugin {plugin.id}", plugin.connection.secrets
