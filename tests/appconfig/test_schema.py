"""The merged schema says yes and no where Backstage does. ``tests/e2e`` asks Backstage itself."""

from __future__ import annotations

import pytest

from portal.appconfig.schema import merged_schema
from portal.appconfig.validate import schema_findings
from portal.appconfig.visibility import frontend_paths

OPEN = {
    "type": "object",
    "properties": {"a": {"type": "object", "properties": {"x": {"type": "string", "visibility": "frontend"}}}},
}
ALSO = {
    "type": "object",
    "required": ["a"],
    "properties": {
        "a": {"type": "object", "additionalProperties": False, "properties": {"n": {"type": "number"}}},
        "free": {"type": "object", "additionalProperties": {"type": "boolean"}},
        "deep": {"type": "object", "deepVisibility": "frontend", "properties": {"k": {"type": "string"}}},
        "either": {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]},
        "mode": {"enum": ["one", "two"]},
        "flag": {"const": True},
    },
}
SCHEMA = merged_schema([{"package": "p", "schema": OPEN}, {"package": "q", "schema": ALSO}])


def findings(config: dict[str, object]) -> list[str]:
    return [".".join(map(str, f.path)) + " " + f.got for f in schema_findings({"a": {}, **config}, SCHEMA)]


def test_properties_of_two_packages_add_up() -> None:
    assert not findings({"a": {"x": "text", "n": 1}})


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({"b": 1}, "b a key that no installed package declares"),
        ({"a": {"z": 1}}, "a.z a key that no installed package declares"),
        ({"a": {"n": "many"}}, 'a.n "many"'),
        ({"free": {"any": "maybe"}}, 'free.any "maybe"'),
        ({"mode": "three"}, 'mode "three"'),
        ({"either": {"x": 1}}, "either a mapping"),
        ({"a": []}, "a a list"),
    ],
)
def test_what_does_not_fit_is_named(config: dict[str, object], expected: str) -> None:
    assert findings(config) == [expected]


@pytest.mark.parametrize(
    "config",
    [
        {"a": {"n": "17"}},
        {"a": {"n": "${COUNT}"}},
        {"a": {"x": 5}},
        {"a": {"x": {"$file": "/secret"}}},
        {"free": {"on": "true"}},
        {"mode": "${MODE}"},
        {"flag": "true"},
        {"either": ["a"]},
    ],
)
def test_scalars_are_coerced_as_ajv_does(config: dict[str, object]) -> None:
    assert not findings(config)


def test_a_required_key_that_is_missing_is_found() -> None:
    assert [f.path for f in schema_findings({}, SCHEMA)] == [("a",)]


def test_the_browser_gets_what_a_schema_shows_and_nothing_else() -> None:
    config = {"a": {"x": "seen", "n": 1}, "deep": {"k": "seen"}, "mode": "one"}
    assert frontend_paths(config, SCHEMA) == [("a", "x"), ("deep", "k")]
