"""``portal check`` and ``portal config``: what a stack would be, and whether it may."""

from __future__ import annotations

import difflib

from portal.command.context import Context


def check(context: Context, stack: str) -> None:
    """Run all checks on a stack; findings are errors."""
    plan = context.checked_plan(stack)
    built = "built" if plan.release.built else "not built yet"
    context.out.print(
        f"{stack}: {len(plan.app_config.plugins)} plugins, {len(plan.needs)} secrets,"
        f" release {plan.release.id} ({built}). No findings."
    )


def show_config(context: Context, stack: str, against: str | None) -> None:
    """Print a stack's app-config, or its difference to another stack's. Secrets are names of files."""
    own = context.plan(stack).app_config.text
    if against is None:
        context.out.out(own, end="")
        return
    other = context.plan(against).app_config.text
    lines = difflib.unified_diff(other.splitlines(), own.splitlines(), against, stack, lineterm="")
    colours = {"+": "green", "-": "red", "@": "cyan"}
    for line in lines:
        context.out.print(line, style=colours.get(line[:1], ""), markup=False)
