"""A plugin that works with a person's own account is of no use where nobody can link one."""

from __future__ import annotations

from collections.abc import Iterator

from portal.base.errors import InputError
from portal.plan import Plan


def check_accounts(plan: Plan) -> Iterator[InputError]:
    """Connected plugins whose accounts the stack does not let people link: each would ask for a login that fails."""
    for plugin in plan.plugins.values():
        connection = plugin.linked
        if connection is None:
            continue
        for account in connection.accounts:
            if account not in plan.resolved.providers:
                yield InputError(
                    where=plan.where(("connect",)),
                    key="portal:connect",
                    got=f"no {account}",
                    allowed=f"{account}, as {connection.service} shows what a person's own account may see",
                    fix=f"write `portal:connect: [{account}]`, or `{plugin.record.id}: {{connected: false}}`"
                    " in a loopback stack",
                )
