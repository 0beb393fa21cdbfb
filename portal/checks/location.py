"""Where a person finds a key of app-config: in the stack's file, in portal.yaml, or nowhere, as it was derived."""

from __future__ import annotations

from typing import Any

from portal.base.json_types import is_list, is_mapping
from portal.base.yaml_document import KeyPath, show_path
from portal.plan import Plan


def app_config_location(plan: Plan, path: KeyPath) -> str:
    """The file (and line) that wrote a key of app-config.

    Derived keys point to ``portal.yaml``, which they come from.
    """
    if _holds(plan.settings.app_config, path):
        return plan.where(("appConfig", *path))
    if _holds(plan.release.portal.app_config, path):
        return plan.loaded.document.where(("appConfig", *path))
    return plan.loaded.document.name


def app_config_key(path: KeyPath) -> str:
    """How errors call a key of app-config."""
    return f"app-config {show_path(path)}"


def _holds(value: Any, path: KeyPath) -> bool:  # noqa: ANN401 - JSON in
    """Whether a key stands in a part of app-config that somebody wrote; a null that deletes it counts."""
    for part in path:
        if is_mapping(value) and part in value:
            value = value[str(part)]
        elif is_list(value) and isinstance(part, int) and part < len(value):
            value = value[part]
        else:
            return False
    return True
