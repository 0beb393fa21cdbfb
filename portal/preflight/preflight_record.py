"""What was accepted before: so that a deployment without changes is asked one question, and not thirty."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields

from portal.base.canonical import content_hash
from portal.base.checkout import Checkout
from portal.base.json_file import read_json_object
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
    """What was accepted of a stack; nothing before its first ``up``."""
    path = checkout.preflight_file(stack)
    if not path.is_file():
        return PreflightRecord()
    name = checkout.relative(path)
    known = read_json_object(path, name, f"delete {name}: the cluster is then looked at as at the first `up`")
    return PreflightRecord(
        **{key.name: str(value) for key in fields(PreflightRecord) if (value := known.get(key.name)) is not None}
    )


def accept(checkout: Checkout, stack: str, what: PreflightRecord) -> None:
    """Write it down."""
    path = checkout.preflight_file(stack)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(asdict(what)))


def objects_hash(requirements: GraphRequirements) -> str:
    """A hash of everything that is to be applied. No value of a secret is in it: its object's name has a keyed one."""
    return content_hash([_masked(item) for item in requirements.objects])


def _masked(item: Object) -> Object:
    data = item.get("stringData")
    return {**item, "stringData": dict.fromkeys(data, SECRET)} if is_mapping(data) else item
