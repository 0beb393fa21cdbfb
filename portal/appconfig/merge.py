"""Merge app-config the way Backstage merges its files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portal.base.json_types import is_list, is_mapping

# Each entry of this list stands for itself, so that a plugin's entries and a team's add up.
APPENDED = ("app", "extensions")


def merge(base: Mapping[str, Any], over: Mapping[str, Any], path: tuple[str, ...] = ()) -> dict[str, Any]:
    """``base`` with ``over`` on top: mappings merge, null deletes, lists replace; only ``app.extensions`` is appended.

    Source: https://backstage.io/docs/conf/writing#configuration-files ("arrays are replaced").
    """
    merged = dict(base)
    for key, value in over.items():
        here, old = (*path, key), merged.get(key)
        if value is None:
            merged.pop(key, None)
        elif is_mapping(value):
            merged[key] = merge(old if is_mapping(old) else {}, value, here)
        elif here == APPENDED and is_list(old) and is_list(value):
            merged[key] = [*old, *value]
        else:
            merged[key] = value
    return merged
