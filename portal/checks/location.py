"""Which file and line errors about app-config name. A key comes from the stack's file, portal.yaml, or a record."""

from __future__ import annotations

from typing import Any

from portal.base.json_types import is_list, is_mapping
from portal.base.yaml_document import KeyPath, show_path
from portal.plan import Plan


def app_config_location(plan: Plan, path: KeyPath) -> str:
    """The file and line of a key of app-config.

    For derived keys it is ``portal.yaml``, which they come from.
    """
    if _holds(plan.settings.app_config, path):
        return plan.where(("appConfig", *path))
    if _holds(plan.release.portal.app_config, path):
        return plan.loaded.document.where(("appConfig", *path))
    return plan.loaded.document.name


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
