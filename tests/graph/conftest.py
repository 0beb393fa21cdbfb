"""Graphs are recorded of stacks that have their secrets."""

from __future__ import annotations

import pytest

from portal.base.checkout import Checkout
from tests.support.checkouts import STACKS, give_secrets


@pytest.fixture
def checkout(checkout: Checkout) -> Checkout:
    """With the secrets that people give; nothing here opens them."""
    for stack in STACKS:
        give_secrets(checkout, stack)
    return checkout
