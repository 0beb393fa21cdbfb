"""What only a loopback portal may have: guests, plugins that are not connected, keys called ``dangerously...``."""

from __future__ import annotations

from collections.abc import Iterator

from portal.base.errors import InputError, SituationError
from portal.base.json_types import is_list, is_mapping
from portal.base.yaml_document import KeyPath
from portal.checks.location import app_config_key, app_config_location
from portal.plan import Plan

LOOPBACK = "portals that only this machine can reach (http://localhost:7007, http://*.localhost)"


def check_guards(plan: Plan) -> Iterator[InputError]:
    """Refuse these in every portal that others can reach, whatever the stack is called."""
    if plan.resolved.loopback:
        return
    url = plan.settings.url
    provider = plan.resolved.sign_in
    if provider.anyone:
        yield SituationError(
            f"the sign-in provider {provider.id} lets anyone in, and others can reach this portal ({url})",
            f"choose a provider that asks people who they are; {provider.id} is for {LOOPBACK}",
            where=plan.where(("signIn", "provider")),
        )
    for plugin in plan.plugins.values():
        if plugin.not_connected:
            yield SituationError(
                f"the plugin {plugin.record.id} is not connected, and others can reach this portal ({url})",
                f"connect it, or write `{plugin.record.id}: {{enabled: false}}`; `connected: false` is for {LOOPBACK}",
                where=plan.where(("plugins", plugin.record.id, "connected")),
            )
    for path in _dangerous(plan.app_config.data, ()):
        if not (provider.anyone and path[:3] == ("auth", "providers", provider.id)):
            yield SituationError(
                f"{app_config_key(path)} is a dangerous setting, and others can reach this portal ({url})",
                f"remove it; it is for {LOOPBACK}",
                where=app_config_location(plan, path),
            )


def _dangerous(value: object, path: KeyPath) -> Iterator[KeyPath]:
    if is_mapping(value):
        for key, item in value.items():
            if str(key).startswith("dangerously") and item not in (False, None):
                yield (*path, key)
            yield from _dangerous(item, (*path, key))
    elif is_list(value):
        for index, item in enumerate(value):
            yield from _dangerous(item, (*path, index))
