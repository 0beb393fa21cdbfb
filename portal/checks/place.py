"""Where a person finds a key of app-config: in the stack's file, in portal.yaml, or nowhere, as it was derived."""

from __future__ import annotations

from portal.json_types import is_mapping
from portal.plan import Plan
from portal.yaml_document import KeyPath


def app_config_place(plan: Plan, path: KeyPath) -> str:
    """The file (and line) that wrote a key of app-config.

    Derived keys point to ``portal.yaml``, which they come from.
    """
    if _holds(plan.settings.app_config, path):
        return plan.where(("appConfig", *path))
    if _holds(plan.release.portal.app_config, path):
        return plan.loaded.document.where(("appConfig", *path))
    return plan.loaded.document.name


def _holds(value: object, path: KeyPath) -> bool:
    """Whether a key, or the mapping that it is missing from, stands in a hand-written part of app-config."""
    for part in path:
        if is_mapping(value) and part in value:
            value = value[str(part)]
        else:
            return is_mapping(value) and bool(value) and part == path[-1] and len(path) > 1
    return True
