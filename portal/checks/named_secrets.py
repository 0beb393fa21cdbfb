"""Secrets that are named in Secrets Manager: each comes from one place. What AWS says of them, preflight asks."""

from __future__ import annotations

from collections.abc import Iterator

from portal.base.errors import InputError
from portal.plan import Plan


def check_named_secrets(plan: Plan) -> Iterator[InputError]:
    """Find secrets that are stored, encrypted, and named as well: nobody could tell which of the two is meant."""
    for name in plan.settings.secrets_manager:
        if name in plan.settings.secrets:
            yield InputError(
                where=plan.where(("secretsManager", name)),
                key=f"portal:secretsManager.{name}",
                got="a secret that portal:secrets has as well",
                allowed="one of the two",
                fix=f"remove it here, or run `portal secrets remove {name} --stack {plan.stack}`",
            )
