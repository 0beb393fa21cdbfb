"""The record of what the first ``up`` of a local stack chose, and the deletion of all local files of a stack."""

from __future__ import annotations

import json
from dataclasses import dataclass

from portal.base.checkout import Checkout
from portal.base.files import write_whole
from portal.base.json_file import read_json_object


@dataclass(frozen=True)
class StackRecord:
    """The engine and the cluster of a stack. Kept until ``down --delete-data``."""

    engine: str
    cluster: str
    context: str | None = None
    kubeconfig: str | None = None


def stack_record(checkout: Checkout, stack: str) -> StackRecord | None:
    """What an earlier ``up`` chose. None before the first."""
    path = checkout.stack_record_file(stack)
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
    return sorted(path.stem for path in checkout.records.glob("*.json"))


def other_stacks(checkout: Checkout, stack: str) -> list[str]:
    """The stacks of this checkout that have a cluster, except this one."""
    return [name for name in recorded_stacks(checkout) if name != stack]


def write_stack_record(checkout: Checkout, stack: str, record: StackRecord) -> None:
    """Write the record."""
    write_whole(checkout.stack_record_file(stack), json.dumps(vars(record)))


def forget(checkout: Checkout, stack: str) -> None:
    """Delete a stack's local files: its record, generated secrets, check results. Call it after its data is gone."""
    generated = (checkout.generated_stack_file(stack), checkout.passphrase_file(stack))
    seen = (checkout.preflight_file(stack), checkout.last_apply_file(stack))
    for path in (checkout.stack_record_file(stack), *generated, *seen):
        path.unlink(missing_ok=True)
