"""What an ``up`` of the kubectl engine left: what it was made from, and the version of every object in the cluster.

Where both are still the same, there is nothing to record, apply or wait for: Kubernetes raises an object's version with
every change of it, be it ours, somebody else's, or of its status
(https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from portal.base.canonical import tree_hash
from portal.base.checkout import Checkout
from portal.deploy.kubectl_engine import Changes, Versions, read_versions
from portal.kubernetes.kubectl import Kubectl

PROGRAM = ("portal", "components", "stacks")
FILES = ("__main__.py", "Pulumi.yaml", "portal.yaml", "requirements.txt", "app/config-schema.json", "app/yarn.lock")


def last_apply(checkout: Checkout, stack: str) -> Versions | None:
    """The objects that the last ``up`` left; None before the first, and once a file that they come from has changed."""
    path = checkout.last_apply_file(stack)
    if not path.is_file():
        return None
    known = json.loads(path.read_text())
    if known["madeFrom"] != _made_from(checkout, stack):
        return None
    return {(kind, where, name): version for kind, where, name, version in known["versions"]}


def nothing_to_do(checkout: Checkout, stack: str, kubectl: Kubectl) -> Changes | None:
    """No changes, where the cluster has what the last ``up`` left; None where an ``up`` has to look closer."""
    known = last_apply(checkout, stack)
    if known is None or read_versions(kubectl, stack) != known:
        return None
    return Changes((), (), (), len(known))


def write_last_apply(checkout: Checkout, stack: str, kubectl: Kubectl) -> None:
    """Write down what there is now. Kinds that only some clusters know are not among it: such a stack never settles."""
    versions = read_versions(kubectl, stack)
    rows = [[*key, version] for key, version in sorted(versions.items())]
    path = checkout.last_apply_file(stack)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"madeFrom": _made_from(checkout, stack), "versions": rows}))


def _made_from(checkout: Checkout, stack: str) -> str:
    """A hash of all that a stack's graph is made from: program, portal, release, images, settings and secrets."""
    return tree_hash(*_inputs(checkout, stack))


def _inputs(checkout: Checkout, stack: str) -> Iterator[Path]:
    root = checkout.root
    folders = [*(root / name for name in PROGRAM), checkout.app / "manifests", checkout.releases]
    for folder in folders:
        yield from sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc")
    files = [*(root / name for name in FILES), checkout.state / "build" / "images.json"]
    yield from (path for path in (*files, checkout.generated_stack_file(stack)) if path.is_file())
