"""Plugins that cannot run in the same portal."""

from __future__ import annotations

from collections.abc import Iterator

from portal.base.errors import InputError, SituationError
from portal.plan import Plan


def check_conflicts(plan: Plan) -> Iterator[InputError]:
    """Find pairs of enabled plugins where one record names the other as a conflict. Each pair is named once."""
    enabled = [plugin.record for plugin in plan.plugins.values() if plugin.enabled]
    pairs = {frozenset((one.id, other)): (one.id, other) for one in enabled for other in one.conflicts}
    for one, other in pairs.values():
        if other in {record.id for record in enabled}:
            yield SituationError(
                f"the plugins {one} and {other} cannot run in the same portal",
                f"write `portal:plugins: {{{other}: {{enabled: false}}}}`, or remove one of them from portal.yaml",
                where=plan.where(("plugins", other)),
            )
