"""Plugins that cannot run beside each other."""

from __future__ import annotations

from collections.abc import Iterator

from portal.base.errors import InputError
from portal.plan import Plan


def check_conflicts(plan: Plan) -> Iterator[InputError]:
    """Two enabled plugins of which one's record names the other as a conflict; each pair once."""
    enabled = [plugin.record for plugin in plan.plugins.values() if plugin.enabled]
    pairs = {frozenset((one.id, other)): (one.id, other) for one in enabled for other in one.conflicts}
    for one, other in pairs.values():
        if other in {record.id for record in enabled}:
            yield InputError(
                where=plan.where(("plugins", other)),
                key=f"portal:plugins.{other}",
                got=f"{other} beside {one}",
                allowed="one of the two",
                fix=f"write `portal:plugins: {{{other}: {{enabled: false}}}}`, or take one out of portal.yaml",
            )
