"""The stack has every secret that it needs. Missing ones are named before anything starts."""

from __future__ import annotations

from collections.abc import Iterator

from portal.base.errors import InputError, did_you_mean
from portal.plan import Plan
from portal.stack.connections import secret_command


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
    readable = {*plan.needs, *plan.app_config.secrets, *_later(plan)}
    for name in plan.settings.secrets:
        if name not in readable:
            yield InputError(
                where=plan.where(("secrets", name)),
                key=f"portal:secrets.{name}",
                got="a secret that nothing reads",
                allowed=f"one of {', '.join(sorted(readable))}, or one that appConfig names as {{$secret: {name}}}",
                fix=did_you_mean(name, readable),
            )


def _later(plan: Plan) -> Iterator[str]:
    """Secrets that records may need later. People may store a token before they connect its plugin."""
    for source in plan.release.sources.values():
        for credential in source.credentials.values():
            yield from credential.secrets
    for provider in plan.release.sign_in.values():
        yield from provider.secrets
    for plugin in plan.release.plugins.values():
        if plugin.connection is not None:
            yield from plugin.connection.secrets
