"""What is deleted is what belongs to the stack, and nothing of another."""

from __future__ import annotations

import shutil

import pytest

from portal.base.checkout import Checkout
from portal.base.errors import InputError
from portal.command.context import Context
from portal.command.verbs.down import stop
from portal.deploy.choose_cluster import StackRecord, forget, recorded_stacks, stack_record, write_stack_record


def test_a_cluster_of_our_own_is_not_deleted_under_another_stack(checkout: Checkout) -> None:
    shutil.copyfile(checkout.stack_file("local"), checkout.stack_file("second"))
    write_stack_record(checkout, "local", StackRecord("kubectl", "node"))
    write_stack_record(checkout, "second", StackRecord("kubectl", "context", "portal"))
    with pytest.raises(InputError, match="down --delete-data --stack second"):
        stop(Context(checkout.root), "local", delete_data=True)
    assert recorded_stacks(checkout) == ["local", "second"]


def test_forgetting_a_stack_leaves_the_others(checkout: Checkout) -> None:
    for stack in ("local", "second"):
        write_stack_record(checkout, stack, StackRecord("kubectl", "context", "portal"))
        checkout.passphrase_file(stack).write_text("words")
    forget(checkout, "second")
    assert stack_record(checkout, "local") is not None
    assert not checkout.passphrase_file("second").exists()
