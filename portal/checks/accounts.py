"""A plugin that works with a person's own account is of no use where nobody can link one."""

from __future__ import annotations

from collections.abc import Iterator

from portal.base.errors import InputError
from portal.plan import Plan


def check_accounts(plan: Plan) -> Iterator[InputError]:
    """Connected plugins whose accounts the stack does not let people link: each would ask for a login that fails."""
    for plugin in plan.app_config.plugins.values():
        connection = plugin.record.connection
        if connection is None or not plugin.enabled or not plugin.connected:
            continue
        for account in connection.accounts:
            if account not in plan.settings.accounts:
                yield InputError(
                    where=plan.where(("connect",)),
                    key="portal:connect",
                    got=f"no {account}",
                    allowed=f"{account}, as {connection.service} shows what a person's own account may see",
                    fix=f"write `portal:connect: [{account}]`, or `{plugin.record.id}: {{connected: false}}`"
                    " in a loopback stack",
                )
