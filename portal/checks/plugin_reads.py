"""Files that plugins read are at addresses that Backstage can read."""

from __future__ import annotations

from collections.abc import Iterator

from portal.base.errors import InputError, quoted
from portal.checks.catalog_urls import address_problem
from portal.plan import Plan
from portal.plugins.template import fill, placeholders
from portal.stack.locations import Locations


def check_plugin_reads(plan: Plan) -> Iterator[InputError]:
    """Find addresses in options that Backstage's URL reader would refuse.

    Plugins do not show that: the tech radar shows technologies that are made up (plugin-tech-radar 1.14.0, defaultApi).
    """
    for plugin in plan.plugins.values():
        for template in plugin.record.reads if plugin.enabled else ():
            address = str(fill(template, plugin.values))
            problem = address_problem(plan, address)
            if problem is not None:
                allowed, fix = problem
                where, key = _place(plan, plugin.record.id, min(placeholders(template), default=""))
                yield InputError(where=where, key=key, got=quoted(address), allowed=allowed, fix=fix)


def _place(plan: Plan, plugin: str, option: str) -> tuple[str, str]:
    """The line of an option, in the stack's file if that has it, and its key there."""
    given = plan.settings.plugins.get(plugin)
    if given is not None and option in given.options:
        return plan.where(("plugins", plugin, option)), f"portal:plugins.{plugin}.{option}"
    where = Locations(plan.release.portal, plan.loaded.document, plan.where).plugin(plugin, option)
    return where, f"plugins.{plugin}.{option}"
