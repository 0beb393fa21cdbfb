"""Every secret that the stack needs is there, named before anything starts."""

from __future__ import annotations

from collections.abc import Iterator

from portal.base.errors import InputError, did_you_mean
from portal.plan import Plan
from portal.stack.sources import SECRETS


def check_required_secrets(plan: Plan) -> Iterator[InputError]:
    """Missing secrets with where to get them, and secrets that nothing reads."""
    given = plan.settings.secrets
    for name, need in plan.needs.items():
        if not given.get(name):
            how = f"`portal secrets init --stack {plan.stack}`" if need.generated else _set(name, plan.stack)
            yield InputError(
                where=plan.where(("secrets", name)),
                key=f"portal:secrets.{name}",
                got="nothing",
                allowed=f"{need.description[0].lower()}{need.description[1:]} ({need.obtain})",
                fix=f"run {how}",
            )
    readable = {*plan.needs, *plan.app_config.secrets, *_later(plan)}
    for name in given:
        if name not in readable:
            yield InputError(
                where=plan.where(("secrets", name)),
                key=f"portal:secrets.{name}",
                got="a secret that nothing reads",
                allowed=f"one of {', '.join(sorted(readable))}, or one that appConfig names as {{$secret: {name}}}",
                fix=did_you_mean(name, readable),
            )


def _set(name: str, stack: str) -> str:
    return f"`portal secrets set {name} --stack {stack}`"


def _later(plan: Plan) -> Iterator[str]:
    """What plugins of the portal read once they are connected: a token may be stored before its plugin is switched."""
    for secrets in SECRETS.values():
        yield from secrets
    for plugin in plan.app_config.plugins.values():
        if plugin.record.connection is not None:
            yield from plugin.record.connection.secrets
        for account in plugin.record.accounts.values():
            yield from account.secrets
