"""What is deleted is what belongs to the stack, and nothing of another."""

from __future__ import annotations

import shutil

import pytest

from portal.base.checkout import Checkout
from portal.base.errors import InputError
from portal.clusters.choose import Remembered, forget, remember, remembered, remembered_stacks
from portal.command.context import Context
from portal.command.down import down


def test_a_cluster_of_our_own_is_not_deleted_under_another_stack(checkout: Checkout) -> None:
    shutil.copyfile(checkout.stack_file("local"), checkout.stack_file("second"))
    remember(checkout, "local", Remembered("kubectl", "node"))
    remember(checkout, "second", Remembered("kubectl", "context", "portal"))
    with pytest.raises(InputError, match="down --delete-data --stack second"):
        down(Context(checkout.root), "local", delete_data=True)
    assert remembered_stacks(checkout) == ["local", "second"]


def test_forgetting_a_stack_leaves_the_others(checkout: Checkout) -> None:
    for stack in ("local", "second"):
        remember(checkout, stack, Remembered("kubectl", "context", "portal"))
        checkout.passphrase_file(stack).write_text("words")
    forget(checkout, "second")
    assert remembered(checkout, "local") is not None
    assert not checkout.passphrase_file("second").exists()
