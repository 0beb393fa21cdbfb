"""``portal down``: stop what ``portal up`` started."""

from __future__ import annotations

import shutil

from portal.clusters.choose import choose_cluster, remembered
from portal.command.context import Context


def down(context: Context, stack: str, *, delete_data: bool) -> None:
    """Stop the stack's cluster; data stays. ``delete_data`` takes everything that ``up`` made in this checkout."""
    plan = context.plan(stack)
    checkout = context.checkout
    known = remembered(checkout, stack)
    if known is None and not checkout.state.is_dir():
        context.out.print("Nothing to stop: there was no `portal up` in this checkout.")
        return
    cluster = choose_cluster(checkout, stack, plan.settings)
    if not delete_data:
        cluster.stop(context.progress)
        context.out.print("Stopped. Everything is kept under .portal/; `portal up` resumes it.")
        return
    cluster.delete(context.progress)
    shutil.rmtree(checkout.state, ignore_errors=True)
    context.out.print("Deleted, with all data. What is left are package caches; `portal doctor` lists them.")
