"""Secrets that a graph refers to and that somebody else puts there: pull secrets, certificates, passwords."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from portal.base.errors import InputError
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
    """Secrets that are not there, or lack a key."""
    if "secrets" in snapshot.unseen:
        return
    for use in requirements.secrets:
        keys = snapshot.secrets.get(use.name)
        key = _KEYS[use.purpose]
        shown = f"portal:{'.'.join(str(part) for part in key)}"
        if keys is None:
            found = f"{{name: {requirements.namespace}, create: false}}"
            later = f"; write `portal:namespace: {found}` for one that you fill first"
            yield InputError(
                where=where(key),
                key=shown,
                got=f"{use.name}, which is not in namespace {requirements.namespace}",
                allowed="a Secret that exists there",
                fix="create it there" + (later if snapshot.identity.namespace is None else ""),
            )
        elif absent := sorted(use.keys - keys):
            yield InputError(
                where=where(key),
                key=shown,
                got=f"{use.name}, which has no {', '.join(absent)}",
                allowed=f"a Secret with {', '.join(sorted(use.keys))}",
                fix=f"add it, or correct the name (it has {', '.join(sorted(keys)) or 'nothing'})",
            )
