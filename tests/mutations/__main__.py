"""Mutated inputs: 5,000 in process and 200 through the command, or as many as two arguments say."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import islice, repeat
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


def _broken(numbers: range, seed: int, run: Run) -> list[str]:
    """What the inputs with some numbers broke, in a checkout of their own. Their numbers are those of all inputs."""
    with tempfile.TemporaryDirectory() as folder:
        checkout = copy_checkout(Path(folder) / "checkout")
        good = checkout.portal_file.read_text(), checkout.stack_file("local").read_text()
        chosen = islice(_inputs(*good, seed), numbers.start, numbers.stop, numbers.step)
        return [
            f"seed {seed}, input {number}, {mutation.what}: {promise}"
            for number, mutation in zip(numbers, chosen, strict=True)
            for promise in broken_promises(checkout, mutation, run)
        ]


def _run(count: int, seed: int, run: Run) -> int:
    processes = os.cpu_count() or 1
    shares = [range(first, count, processes) for first in range(min(processes, count))]
    with ProcessPoolExecutor(max_workers=processes) as pool:
        broken = [line for lines in pool.map(_broken, shares, repeat(seed), repeat(run)) for line in lines]
    for line in (*broken, f"{count} inputs ({run.__name__}): {len(broken)} broken promises"):
        sys.stdout.write(f"{line}\n")
    return len(broken)


if __name__ == "__main__":
    counts = [int(word) for word in sys.argv[1:]] or [IN_PROCESS, THROUGH_THE_COMMAND]
    runs: list[Run] = [in_process, through_the_command]
    found = sum(_run(count, SEED + index, runs[index]) for index, count in enumerate(counts))
    sys.exit(found > 0)
