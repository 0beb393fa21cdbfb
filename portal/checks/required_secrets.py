"""The stack has or names every secret that it needs. Missing ones are named before anything starts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from portal.base.checkout import Checkout
from portal.base.errors import InputError, closest
from portal.plan import Plan
from portal.stack.connections import secret_command
from portal.stack.secret_uses import secret_uses


def check_required_secrets(plan: Plan) -> Iterator[InputError]:
    """Find missing secrets, with where to get them, and secrets that nothing reads."""
    for need in plan.missing_secrets:
        how = f"`portal secrets init --stack {plan.stack}`" if need.generated else secret_command(need.name, plan.stack)
        yield InputError(
            where=plan.where(("secrets", need.name)),
            key=f"portal:secrets.{need.name}",
            got="nothing",
            allowed=f"{need.description[0].lower()}{need.description[1:]} ({need.obtain})",
            fix=f"run {how}",
        )
    yield from _unread(plan)


def _unread(plan: Plan) -> Iterator[InputError]:
    """Secrets that are stored or named, and that nothing reads."""
    readable = secret_uses(plan.resolved, plan.app_config.secrets)
    stored, named = plan.settings.secrets, plan.settings.secrets_manager
    for name in (*stored, *(one for one in named if one not in stored)):
        if name in readable:
            continue
        close = closest(name, readable)
        meant = f"did you mean {close[0]}? If not, " if close else ""
        here = name in named
        yield InputError(
            where=plan.where(("secretsManager", name)) if here else _file(plan, name),
            key=f"portal:{'secretsManager' if here else 'secrets'}.{name}",
            got="a secret that nothing reads",
            allowed=f"one of {', '.join(readable)}, or one that appConfig names as {{$secret: {name}}}",
            fix=f"{meant}{'remove it' if here else f'run `portal secrets remove {name} --stack {plan.stack}`'}",
        )


def _file(plan: Plan, name: str) -> str:
    """The file that a stored secret is in: a local stack's own file has none."""
    if plan.target.team or plan.where(("secrets",)) != plan.where(()):
        return plan.where(("secrets", name))
    return str(Checkout(Path()).generated_stack_file(plan.stack))
