"""Merge app-config the way Backstage merges its configuration files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portal.base.json_types import is_list, is_mapping

# Entries of this list are independent, so those of plugins and those that people write are added up.
APPENDED = ("app", "extensions")

# Keys that choose a branch of the same mapping: `publisher: {type: awsS3, awsS3: {...}}`.
CHOICES = ("type", "store")


def merge(base: Mapping[str, Any], over: Mapping[str, Any], path: tuple[str, ...] = ()) -> dict[str, Any]:
    """``base`` with ``over`` on top. Mappings merge, null deletes, lists replace, except for ``app.extensions``.

    Entries of ``app.extensions`` are added up. If ``over`` chooses another ``type`` or ``store``, the branch of the old
    one goes: the schema allows only that of the new one. A reference, such as ``{$secret: NAME}``, is one value: it
    replaces what was there, and what is written over it replaces it.

    Source: https://backstage.io/docs/conf/writing#configuration-files ("arrays are replaced").
    """
    merged = dict(base)
    for choice in CHOICES:
        old_branch = merged.get(choice)
        if isinstance(old_branch, str) and over.get(choice, old_branch) != old_branch:
            merged.pop(old_branch, None)
    for key, value in over.items():
        here, old = (*path, key), merged.get(key)
        if value is None:
            merged.pop(key, None)
        elif is_mapping(value):
            whole = _is_reference(old) or _is_reference(value)
            merged[key] = merge(old if is_mapping(old) and not whole else {}, value, here)
        elif here == APPENDED and is_list(old) and is_list(value):
            merged[key] = [*old, *value]
        else:
            merged[key] = value
    return merged


def _is_reference(value: object) -> bool:
    """Whether a value stands for one that is elsewhere: ``{$secret: NAME}``, ``{$file: ...}``, a misspelled one."""
    return is_mapping(value) and any(str(key).startswith("$") for key in value)
