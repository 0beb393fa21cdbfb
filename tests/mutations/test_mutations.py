"""300 seeded inputs. CI runs 1,000 more, and `make mutations` 5,000 in process, and 200 through the command."""

from __future__ import annotations

from itertools import islice

import pytest

from portal.base.checkout import Checkout
from tests.mutations.judge import BEGINS_WORK, broken_promises
from tests.mutations.mutate import Mutation, mutations

SEEDS = range(10)
EACH = 30


@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_is_written_there_is_an_answer(checkout: Checkout, seed: int) -> None:
    portal, stack = checkout.portal_file.read_text(), checkout.stack_file("local").read_text()
    for mutation in islice(mutations(seed, portal, stack), EACH):
        if mutation.words[0] in BEGINS_WORK:
            continue
        # The limit is for a quiet machine; tests run beside others. A check records the program itself.
        found = list(broken_promises(checkout, mutation, seconds=60, render=False))
        assert not found, f"{mutation.what}\n{found}"


def test_the_same_seed_gives_the_same_inputs() -> None:
    first, second = (list(islice(mutations(3, "a: {b: [1]}\n", "config: {x: 1}\n"), 50)) for _ in range(2))
    assert first == second
    assert len({(one.portal, one.stack, one.words) for one in first}) > 30
    assert all(isinstance(one, Mutation) for one in first)
