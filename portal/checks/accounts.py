"""A plugin that works with a person's own account needs a stack in which people can link one."""

from __future__ import annotations

from collections.abc import Iterator

from portal.base.errors import InputError, SituationError
from portal.plan import Plan


def check_accounts(plan: Plan) -> Iterator[InputError]:
    """Find connected plugins whose accounts people cannot link in this stack. Their logins would fail."""
    for plugin in plan.plugins.values():
        connection = plugin.linked
        if connection is None:
            continue
        for account in connection.accounts:
            if account not in plan.resolved.providers:
                yield SituationError(
                    f"{connection.service} shows what a person's own account may see, and this stack lets nobody link"
                    f" a {account} account",
                    f"write `portal:connect: [{account}]`, or `{plugin.record.id}: {{connected: false}}`"
                    " in a loopback stack",
                    where=plan.where(("connect",)),
                )
