"""Secrets that a graph refers to and does not make: pull secrets, certificates, passwords."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from portal.base.errors import InputError, quoted
from portal.base.yaml_document import KeyPath
from portal.preflight.requirements import GraphRequirements

if TYPE_CHECKING:
    from portal.preflight.snapshot import ClusterSnapshot

_KEYS: dict[str, KeyPath] = {
    "pull": ("images", "pullSecret"),
    "tls": ("ingress", "tlsSecret"),
    "value": ("database", "passwordSecret"),
}


def check_secrets(
    requirements: GraphRequirements, snapshot: ClusterSnapshot, where: Callable[[KeyPath], str]
) -> Iterator[InputError]:
    """Find Secrets that do not exist or lack a key."""
    if "secrets" in snapshot.unseen:
        return
    for use in requirements.secrets:
        keys = snapshot.secrets.get(use.name)
        key = _KEYS[use.purpose]
        shown = f"portal:{'.'.join(str(part) for part in key)}"
        if keys is None:
            found = f"{{name: {requirements.namespace}, create: false}}"
            later = f"; to create it before the portal, create the namespace too and write `portal:namespace: {found}`"
            yield InputError(
                where=where(key),
                key=shown,
                got=quoted(use.name),
                allowed=f"a Secret that exists in namespace {requirements.namespace}",
                fix="create it there" + (later if snapshot.identity.namespace is None else ""),
            )
        elif absent := sorted(use.keys - keys):
            yield InputError(
                where=where(key),
                key=shown,
                got=f"{quoted(use.name)}, which has no {', '.join(absent)}",
                allowed=f"a Secret with {', '.join(sorted(use.keys))}",
                fix=f"add the key, or correct the name (the Secret has {', '.join(sorted(keys)) or 'nothing'})",
            )
