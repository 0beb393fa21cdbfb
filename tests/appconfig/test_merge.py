"""Merging means what it means to Backstage."""

from __future__ import annotations

from portal.appconfig.merge import merge


def test_mappings_merge_lists_replace_null_deletes() -> None:
    base = {"a": {"x": 1, "y": 2}, "l": [1, 2], "gone": {"z": 1}}
    assert merge(base, {"a": {"y": 3}, "l": [9], "gone": None}) == {"a": {"x": 1, "y": 3}, "l": [9]}


def test_extensions_of_plugins_and_people_add_up() -> None:
    base = {"app": {"extensions": ["one"]}}
    assert merge(base, {"app": {"extensions": ["two"]}}) == {"app": {"extensions": ["one", "two"]}}


def test_neither_side_is_changed() -> None:
    base, over = {"a": {"x": 1}}, {"a": {"x": 2}}
    merge(base, over)
    assert base == {"a": {"x": 1}}
    assert over == {"a": {"x": 2}}


def test_a_reference_is_one_value() -> None:
    base = {"id": {"$secret": "A"}, "key": {"x": 1}}
    assert merge(base, {"id": {"$env": "B"}}) == {"id": {"$env": "B"}, "key": {"x": 1}}
    assert merge(base, {"id": {"x": 1}, "key": {"$secret": "B"}}) == {"id": {"x": 1}, "key": {"$secret": "B"}}
