"""The record of what the first ``up`` of a local stack chose, and the deletion of all local files of a stack."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from portal.base.checkout import Checkout
from portal.base.files import delete_whole
from portal.base.json_file import read_state, write_state


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
    name = checkout.relative(path)
    fix = f"delete {name}, and name engine and cluster at the next command, as at the first `portal up`"
    return read_state(path, StackRecord, name, fix)


def recorded_stacks(checkout: Checkout) -> list[str]:
    """The stacks of this checkout that have a cluster."""
    return sorted(path.stem for path in checkout.records.glob("*.json"))


def other_stacks(checkout: Checkout, stack: str) -> list[str]:
    """The stacks of this checkout that have a cluster, except this one."""
    return [name for name in recorded_stacks(checkout) if name != stack]


def write_stack_record(checkout: Checkout, stack: str, record: StackRecord) -> None:
    """Write the record."""
    write_state(checkout.stack_record_file(stack), record)


def forget(checkout: Checkout, stack: str) -> list[Path]:
    """Delete a stack's local files, and return those that are still there. Call it after its data is gone.

    They are its record, generated secrets and check results. The passphrase goes after what it opens, so that a
    command that is killed in between leaves nothing that cannot be opened.
    """
    generated = (checkout.generated_stack_file(stack), checkout.passphrase_file(stack))
    seen = (checkout.preflight_file(stack), checkout.last_apply_file(stack))
    return [left for path in (*seen, *generated, checkout.stack_record_file(stack)) for left in delete_whole(path)]
