"""The record of a stack's last ``up``: a hash of its input and, for the kubectl engine, each object's version.

If both are unchanged, there is nothing to record, apply, or wait for. Pulumi keeps versions in its own state, and has
none here: if the input is unchanged, only the CLI has to look. Kubernetes raises an object's version with every
change, whether we or others made it, and also when its status changes
(https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from portal.base.canonical import tree_hash
from portal.base.checkout import Checkout
from portal.base.json_file import read_cache, write_state

PROGRAM = ("portal", "components", "stacks")
FILES = (
    *("__main__.py", "Pulumi.yaml", "portal.yaml", "requirements.txt"),
    *("app/config-schema.json", "app/migrations.json", "app/yarn.lock"),
)


Key = tuple[str, str, str]


class Versions(dict[Key, str]):
    """The resource version of each object in a cluster, by kind, namespace, and name."""


@dataclass(frozen=True)
class LastApply:
    """The content of the file. ``versions`` are kind, namespace, name and resource version of each object."""

    made_from: str
    versions: tuple[tuple[str, str, str, str], ...]


def last_apply(checkout: Checkout, stack: str) -> Versions | None:
    """The objects after the last ``up``. None before the first, if the input has changed, or if the file is damaged."""
    known = read_cache(checkout.last_apply_file(stack), LastApply)
    if known is None or known.made_from != _made_from(checkout, stack):
        return None
    return Versions({(kind, where, name): version for kind, where, name, version in known.versions})


def write_last_apply(checkout: Checkout, stack: str, versions: Versions) -> None:
    """Record the current objects."""
    rows = tuple((*key, version) for key, version in sorted(versions.items()))
    write_state(checkout.last_apply_file(stack), LastApply(_made_from(checkout, stack), rows))


def _made_from(checkout: Checkout, stack: str) -> str:
    """A hash of all that a stack's graph is made from: program, portal, release, images, settings and secrets."""
    return tree_hash(*_inputs(checkout, stack))


def _inputs(checkout: Checkout, stack: str) -> Iterator[Path]:
    root = checkout.root
    folders = [*(root / name for name in PROGRAM), checkout.app / "manifests", checkout.releases]
    for folder in folders:
        yield from sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc")
    files = [*(root / name for name in FILES), checkout.images_file]
    yield from (path for path in (*files, checkout.generated_stack_file(stack)) if path.is_file())
