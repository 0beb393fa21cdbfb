"""What only a portal may do that nobody else can reach: guests, unconnected plugins, keys called ``dangerously...``."""

from __future__ import annotations

from collections.abc import Iterator

from portal.base.errors import InputError
from portal.base.json_types import is_list, is_mapping
from portal.base.yaml_document import KeyPath
from portal.checks.location import app_config_key, app_config_location
from portal.plan import Plan

LOOPBACK = "a loopback address (http://localhost:7007, http://*.localhost)"


def check_guards(plan: Plan) -> Iterator[InputError]:
    """Refuse on every other address what is harmless on loopback, whatever the stack is called."""
    if plan.resolved.loopback:
        return
    url = plan.settings.url
    way_in = plan.resolved.sign_in
    if way_in.anyone:
        yield InputError(
            where=plan.where(("signIn", "provider")),
            key="portal:signIn.provider",
            got=f"{way_in.id}, with {url}",
            allowed=f"{way_in.id} only with {LOOPBACK}",
            fix="choose a sign-in provider that knows its users",
        )
    for plugin in plan.plugins.values():
        if plugin.not_connected:
            yield InputError(
                where=plan.where(("plugins", plugin.record.id, "connected")),
                key=f"portal:plugins.{plugin.record.id}.connected",
                got=f"false, with {url}",
                allowed=f"false only with {LOOPBACK}",
                fix=f"connect it, or write `{plugin.record.id}: {{enabled: false}}`",
            )
    for path in _dangerous(plan.app_config.data, ()):
        if not (way_in.anyone and path[:3] == ("auth", "providers", way_in.id)):
            yield InputError(
                where=app_config_location(plan, path),
                key=app_config_key(path),
                got=f"a dangerous setting, with {url}",
                allowed=f"such a setting only with {LOOPBACK}",
                fix="remove it",
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
