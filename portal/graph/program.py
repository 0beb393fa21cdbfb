"""Record the program of a checkout: the same ``__main__.py`` that an engine runs."""

from __future__ import annotations

import importlib
import os
import runpy
from collections.abc import Mapping, Sequence
from pathlib import Path

from portal.base.checkout import Checkout
from portal.foundation import FoundationPlan
from portal.graph.model import Graph
from portal.graph.recorder import record_program
from portal.plan import Plan, handed_to_the_program

# What programs import of the SDK: most of the time that recording one takes.
_PARTS = ("apps.v1", "autoscaling.v2", "batch.v1", "core.v1", "networking.v1", "policy.v1", "rbac.v1")


def import_ahead() -> None:
    """Import what the program will import. Meant for a thread that runs while other work waits."""
    for part in _PARTS:
        importlib.import_module(f"pulumi_kubernetes.{part}")


def record_stack(
    checkout: Checkout,
    stack: str,
    config: Mapping[str, str],
    secret_keys: Sequence[str],
    *,
    preview: bool = True,
    reveal: bool = False,
) -> Graph:
    """The graph of a stack, with a configuration as the Pulumi CLI would hand it over.

    ``preview`` and ``reveal`` as in :func:`portal.graph.recorder.record_program`.
    """
    program = checkout.root / "__main__.py"
    before = Path.cwd()
    os.chdir(checkout.root)
    try:
        return record_program(
            lambda: runpy.run_path(str(program), run_name="__main__"),
            stack=stack,
            config=config,
            secret_keys=secret_keys,
            preview=preview,
            reveal=reveal,
        )
    finally:
        os.chdir(before)


def record_plan(
    checkout: Checkout, plan: Plan | FoundationPlan, *, preview: bool = True, reveal: bool = False
) -> Graph:
    """The graph of a plan that a command has made. The program does not read, derive, or check anything again.

    ``preview`` and ``reveal`` as in :func:`portal.graph.recorder.record_program`.
    """
    with handed_to_the_program(plan):
        return record_stack(checkout, plan.stack, {}, (), preview=preview, reveal=reveal)
