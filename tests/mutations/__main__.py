"""Mutated inputs: 5,000 in process and 200 through the command, or as many as two arguments say."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from portal.base.checkout import Checkout
from tests.mutations.judge import BEGINS_WORK, Run, broken_promises, in_process
from tests.mutations.mutate import Mutation, mutations
from tests.support.checkouts import copy_checkout

IN_PROCESS, THROUGH_THE_COMMAND = 5000, 200
SEED = 10
COMMAND = Path(sys.executable).with_name("portal")


def through_the_command(checkout: Checkout, mutation: Mutation) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own."""
    words = [COMMAND, *mutation.words]
    return subprocess.run(
        words, cwd=checkout.root, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=120
    )


def _inputs(portal: str, stack: str, seed: int) -> Iterator[Mutation]:
    """Without words that begin work, and without words that no process can be given."""
    for mutation in mutations(seed, portal, stack):
        if mutation.words[0] not in BEGINS_WORK and not any("\0" in word for word in mutation.words):
            yield mutation


def _run(count: int, seed: int, run: Run) -> int:
    with tempfile.TemporaryDirectory() as folder:
        checkout = copy_checkout(Path(folder) / "checkout")
        good = checkout.portal_file.read_text(), checkout.stack_file("local").read_text()
        broken = 0
        for number, mutation in enumerate(islice(_inputs(*good, seed), count)):
            for promise in broken_promises(checkout, mutation, run):
                broken += 1
                sys.stdout.write(f"seed {seed}, input {number}, {mutation.what}: {promise}\n")
        sys.stdout.write(f"{count} inputs ({run.__name__}): {broken} broken promises\n")
    return broken


if __name__ == "__main__":
    counts = [int(word) for word in sys.argv[1:]] or [IN_PROCESS, THROUGH_THE_COMMAND]
    runs: list[Run] = [in_process, through_the_command]
    found = sum(_run(count, SEED + index, runs[index]) for index, count in enumerate(counts))
    sys.exit(found > 0)
