"""Run the command on a mutated input, and say what of its promises it broke."""

from __future__ import annotations

import io
import traceback
from collections.abc import Callable, Iterator
from dataclasses import replace
from subprocess import CompletedProcess
from time import monotonic

from portal.base.checkout import Checkout
from tests.command.in_process import portal
from tests.mutations.mutate import CANARY, Mutation

MOST_SECONDS = 5.0
# What would change something outside of the checkout; input is refused before that, and good input is not run.
BEGINS_WORK = ("up", "down", "build")

Run = Callable[[Checkout, Mutation], "CompletedProcess[str]"]


def in_process(checkout: Checkout, mutation: Mutation) -> CompletedProcess[str]:
    """The command within this process."""
    try:
        return portal(*mutation.words, cwd=checkout.root)
    except Exception:  # noqa: BLE001 - a traceback is what is looked for
        text = io.StringIO()
        traceback.print_exc(file=text)
        return CompletedProcess(mutation.words, -1, "", text.getvalue())


def broken_promises(
    checkout: Checkout,
    mutation: Mutation,
    run: Run = in_process,
    *,
    seconds: float = MOST_SECONDS,
    render: bool = True,
) -> Iterator[str]:
    """Everything that is wrong with how the command answers. With ``render``, what it accepts is rendered as well."""
    checkout.portal_file.write_bytes(mutation.portal)
    checkout.stack_file("local").write_bytes(mutation.stack)
    began = monotonic()
    ended = run(checkout, mutation)
    took = monotonic() - began
    output = ended.stdout + ended.stderr
    if ended.returncode not in {0, 1, 2} or "Traceback (most recent call last)" in output:
        yield f"exit code {ended.returncode}: {ended.stderr[-1500:]}"
    if took > seconds:
        yield f"{took:.1f} s"
    if CANARY in output:
        yield f"shows a secret: {output[:600]}"
    if {"\x1b", "\x9b", "\x07", "\u202e"} & set(output):
        yield f"control characters: {output[:600]!r}"
    if render and mutation.words == ("check",) and ended.returncode == 0:
        rendered = run(checkout, replace(mutation, words=("render",)))
        if rendered.returncode != 0:
            yield f"accepted, and not rendered: {rendered.stderr[-1500:]}"
