"""Merge app-config the way Backstage merges its configuration files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portal.base.json_types import is_list, is_mapping

# Entries of this list are independent, so those of plugins and those that people write are added up.
APPENDED = ("app", "extensions")


def merge(base: Mapping[str, Any], over: Mapping[str, Any], path: tuple[str, ...] = ()) -> dict[str, Any]:
    """``base`` with ``over`` on top. Mappings merge, null deletes, lists replace, except for ``app.extensions``.

    Entries of ``app.extensions`` are added up.

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
