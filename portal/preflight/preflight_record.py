"""What was accepted before: so that a deployment without changes is asked one question, and not thirty."""

from __future__ import annotations

from dataclasses import dataclass

from portal.base.canonical import content_hash
from portal.base.checkout import Checkout
from portal.base.json_file import read_state, write_state
from portal.base.json_types import is_mapping
from portal.graph.model import SECRET
from portal.preflight.requirements import GraphRequirements, Object


@dataclass(frozen=True)
class PreflightRecord:
    """The cluster of a stack's first ``up`` (``ClusterIdentity.uid``), and hashes of what was found to fit."""

    cluster: str | None = None
    objects: str | None = None
    database: str | None = None


def accepted(checkout: Checkout, stack: str) -> PreflightRecord:
    """What was accepted of a stack; nothing before its first ``up``.

    It is more than a cache: it keeps a stack from being deployed to another cluster that has its context's name now.
    So a damaged file is an error, and a person decides.
    """
    path = checkout.preflight_file(stack)
    name = checkout.relative(path)
    fix = (
        f"see that the stack's context is the cluster that it runs in, and delete {name}: the next `portal up` looks at"
        " the cluster as at the first"
    )
    return read_state(path, PreflightRecord, name, fix) or PreflightRecord()


def accept(checkout: Checkout, stack: str, what: PreflightRecord) -> None:
    """Write it down."""
    write_state(checkout.preflight_file(stack), what)


def objects_hash(requirements: GraphRequirements) -> str:
    """A hash of everything that is to be applied. No value of a secret is in it: its object's name has a keyed one."""
    return content_hash([_masked(item) for item in requirements.objects])


def _masked(item: Object) -> Object:
    data = item.get("stringData")
    return {**item, "stringData": dict.fromkeys(data, SECRET)} if is_mapping(data) else item
