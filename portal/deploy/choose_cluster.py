"""Which cluster a stack of this machine runs in: a named one, that of the last ``up``, kind, or our own node."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from portal.base.checkout import Checkout
from portal.base.errors import InputError
from portal.base.json_file import read_json_object
from portal.deploy.cluster import LocalCluster
from portal.deploy.existing_cluster import ExistingCluster
from portal.deploy.kind_cluster import Kind, container_runtime
from portal.deploy.node_cluster import NodeCluster
from portal.models.cluster import Cluster
from portal.models.stack import StackSettings

KINDS = ("node", "kind")


@dataclass(frozen=True)
class StackRecord:
    """What the first ``up`` of a stack decided: its engine and its cluster. Kept until ``down --delete-data``."""

    engine: str
    cluster: str
    context: str | None = None
    kubeconfig: str | None = None


def stack_record(checkout: Checkout, stack: str) -> StackRecord | None:
    """What an earlier ``up`` decided; None before the first."""
    path = _file(checkout, stack)
    if not path.is_file():
        return None
    name = checkout.relative(path)
    known = read_json_object(
        path, name, f"delete {name}, and name engine and cluster at the next `portal up`", ("engine", "cluster")
    )
    text = {key: str(value) for key, value in known.items() if value is not None}
    return StackRecord(text["engine"], text["cluster"], text.get("context"), text.get("kubeconfig"))


def recorded_stacks(checkout: Checkout) -> list[str]:
    """The stacks of this checkout that have a cluster."""
    return sorted(path.stem for path in (checkout.state / "stacks").glob("*.json"))


def forget(checkout: Checkout, stack: str) -> None:
    """Delete what is kept of a stack: decisions, generated secrets, what was seen. Its data is gone before."""
    generated = (checkout.generated_stack_file(stack), checkout.passphrase_file(stack))
    seen = (checkout.preflight_file(stack), checkout.last_apply_file(stack))
    for path in (_file(checkout, stack), *generated, *seen):
        path.unlink(missing_ok=True)


def write_stack_record(checkout: Checkout, stack: str, decision: StackRecord) -> None:
    """Write a decision down."""
    path = _file(checkout, stack)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(vars(decision)))


def choose_cluster(
    checkout: Checkout, stack: str, settings: StackSettings, *, context: str | None = None, kind: str | None = None
) -> LocalCluster:
    """The cluster of a stack.

    ``context`` and ``kind`` are what the command line says; another than before is refused.
    """
    before = stack_record(checkout, stack)
    if kind is not None and kind not in KINDS:
        raise InputError(
            where="--cluster", key="", got=f'"{kind}"', allowed=f"one of {', '.join(KINDS)}", fix="choose one"
        )
    named = Cluster(context=context) if context is not None else settings.cluster
    if named is None and kind is None and before is not None:
        kind = before.cluster
        named = Cluster(context=before.context, kubeconfig=before.kubeconfig) if before.context is not None else None
    cluster = _cluster(checkout, stack, settings, named, kind)
    now = (cluster.kind, named.context if named is not None else None)
    if before is not None and now != (before.cluster, before.context):
        raise InputError(
            where="--context" if named is not None else "--cluster",
            key="",
            got=f"another cluster ({now[1] or now[0]}) than that of the last `up` ({before.context or before.cluster})",
            allowed="the same cluster, as the portal's data is in it",
            fix="run `portal down --delete-data` first",
        )
    return cluster


def _cluster(
    checkout: Checkout, stack: str, settings: StackSettings, named: Cluster | None, kind: str | None
) -> LocalCluster:
    if named is not None:
        return ExistingCluster(checkout, named, settings.url, stack, settings.namespace)
    port = urlsplit(settings.url).port or 80
    engine = container_runtime() if kind != "node" else None
    if engine is not None:
        return Kind(checkout, port, engine)
    if kind == "kind":
        raise InputError(
            where="--cluster",
            key="",
            got="kind, and no container engine that runs",
            allowed="kind with docker or podman",
            fix="start one of them, or leave --cluster out",
        )
    return NodeCluster(checkout, port)


def _file(checkout: Checkout, stack: str) -> Path:
    return checkout.state / "stacks" / f"{stack}.json"
