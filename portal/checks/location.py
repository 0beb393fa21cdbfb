"""Which file and line errors about app-config name. A key comes from the stack's file, portal.yaml, or a record."""

from __future__ import annotations

from typing import Any

from portal.base.json_types import is_list, is_mapping
from portal.base.yaml_document import KeyPath, show_path, value_at
from portal.plan import Plan


def app_config_location(plan: Plan, path: KeyPath) -> str:
    """The file and line of a key of app-config. One that is missing has the line of what it is missing from.

    For derived keys it is ``portal.yaml``, with the line of the source or the plugin that they come from.
    """
    if path and path[-1] == "$file":
        # It was written as `$secret`.
        path = path[:-1]
    parts = (
        (plan.settings.app_config, plan.where),
        (plan.release.portal.app_config, plan.loaded.document.where),
    )
    missing = value_at(plan.app_config.data, path) is None
    for place in (path, path[:-1]) if missing and len(path) > 1 else (path,):
        for written, where in parts:
            if _holds(written, place):
                return where(("appConfig", *place))
    return plan.loaded.document.where(chosen) if (chosen := _chosen(plan, path)) else plan.loaded.document.name


def _chosen(plan: Plan, path: KeyPath) -> KeyPath | None:
    """The choice in ``portal.yaml`` that a derived key comes from, if one alone brings its section."""
    release, section = plan.release, path[0] if path else ""
    sources = [
        ("sources", index, one.id)
        for index, one in enumerate(release.portal.sources)
        if section == "integrations" and len(path) > 1 and release.sources[one.id].integration == path[1]
    ]
    plugins = [
        ("plugins", index, one.id)
        for index, one in enumerate(release.portal.plugins)
        if one.id in release.plugins and section in release.plugins[one.id].app_config
    ]
    found = sources or plugins
    return found[0] if len(found) == 1 else None


def app_config_key(path: KeyPath) -> str:
    """A key of app-config, as errors name it."""
    return f"app-config {show_path(path)}"


def _holds(value: Any, path: KeyPath) -> bool:  # noqa: ANN401 - JSON in
    """Whether a key is in a part of app-config that a person wrote.

    A null that deletes it counts, and so does a text or a number where the key's mapping was.
    """
    for part in path:
        if is_mapping(value) and part in value:
            value = value[str(part)]
        elif is_list(value) and isinstance(part, int) and part < len(value):
            value = value[part]
        else:
            return not is_mapping(value) and not is_list(value)
    return True
