"""What to do about a mismatch between app-config and the config schema."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from portal.appconfig.validate import NOTHING, UNDECLARED, Finding, schema_findings
from portal.appconfig.visibility import properties, schemas_at
from portal.base.errors import closest, did_you_mean
from portal.base.json_types import is_mapping
from portal.base.yaml_document import KeyPath, show_path, value_at
from portal.plan import Plan
from portal.plugins.load import load_plugins, load_sign_in
from portal.release.changed_keys import what_became_of

# Packages bring their own keys, so a word that is only somewhat like a known one is another package's, not a typo.
NEARLY_THE_SAME = 0.8
# Nobody leaves out a whole word by a slip of the hand.
_SLIP = 3
# What is left to say about a key that nothing here knows.
UNKNOWN = "remove it, or add the plugin that reads it: a plugin may bring keys of its own"
# Deeper, the same word means another thing.
_DEEPEST = 4
# How each shape is written, by the words for it.
_SHAPES = {
    "a list": "write it as a list, each entry behind `- `",
    "a mapping of keys to values": "write its keys below it, each with its value",
    "true or false": "write true or false, without quotes",
    "a number": "write the number alone",
    "a whole number": "write the number alone",
    "text": "write one text",
}


def fix_of(plan: Plan, finding: Finding) -> str:
    """How to put a mismatch right."""
    if finding.got == UNDECLARED:
        return _of_undeclared(plan, finding)
    if finding.got == NOTHING:
        return _of_missing(plan, finding)
    return _of_value(plan, finding)


def _of_undeclared(plan: Plan, finding: Finding) -> str:
    """The misspelt key, what replaced it, the place where the same key is known, or the plugin that would bring it."""
    path = finding.path
    gone = what_became_of(path, plan.release.portal.backstage)
    if gone is not None:
        return gone
    name = str(path[-1])
    close = closest(name, finding.known, cutoff=NEARLY_THE_SAME)
    if close and abs(len(close[0]) - len(name)) <= _SLIP:
        return f"did you mean {close[0]}?"
    elsewhere = _elsewhere(plan, finding)
    if elsewhere is not None:
        return f"write it as {show_path(elsewhere)}"
    brings = _in_library(plan, path)
    if brings is not None:
        return brings
    return UNKNOWN


def _of_missing(plan: Plan, finding: Finding) -> str:
    packages = [str(entry["package"]) for entry in plan.loaded.schemas.packages if _requires(entry["schema"], finding)]
    who = f" ({', '.join(packages)} requires it)" if packages else ""
    return f"set it under appConfig{who}"


def _of_value(plan: Plan, finding: Finding) -> str:
    """A level that is left out, the word that was meant, or the form that the value has to have."""
    lower = _one_level_lower(plan, finding.path) if finding.path else None
    if lower is not None:
        return f"a level is missing: write it as {show_path(lower)}"
    value = value_at(plan.app_config.data, finding.path)
    if finding.known and isinstance(value, str):
        return did_you_mean(value, finding.known)
    words = finding.allowed.split(" or ")
    return next((_SHAPES[word] for word in (finding.allowed, *words) if word in _SHAPES), "correct the value")


def _one_level_lower(plan: Plan, path: KeyPath) -> KeyPath | None:
    """Where a key belongs whose mapping takes any name first: ``providers.github.clientId`` below ``production``."""
    name = str(path[-1])
    if not any(name in properties(_any_name(schema)) for schema in schemas_at(path[:-1], plan.schema)):
        return None
    derived: Any = value_at(plan.app_config.derived, path[:-1])
    names = [key for key, below in derived.items() if is_mapping(below)] if is_mapping(derived) else []
    return (*path[:-1], names[0] if len(names) == 1 else "<name>", name)


def _elsewhere(plan: Plan, finding: Finding) -> KeyPath | None:
    """Where the same key is known: below another key of the same mapping, at the top, or in one other place.

    Last, below a key of the same mapping that takes any name.
    """
    path, name = finding.path, str(finding.path[-1])
    value = value_at(plan.app_config.data, path)
    beside = {key: schemas_at((*path[:-1], key), plan.schema) for key in finding.known}
    below = [key for key, schemas in beside.items() if any(name in properties(one) for one in schemas)]
    open_to_all = [key for key, schemas in beside.items() if any(is_mapping(_any_name(one)) for one in schemas)]
    places = [place for place in _declared(plan.schema, ()) if place[-1] == name and _fits(plan, place, value)]
    # Any word fits there, so a scalar has to have a name that no key has.
    told = is_mapping(value) or not name.isidentifier()
    choices = (
        [(*path[:-1], key, name) for key in below],
        [place for place in places if len(place) == 1],
        places,
        [place for key in open_to_all if told and _fits(plan, place := (*path[:-1], key, name), value)],
    )
    return next((found[0] for found in choices if len(found) == 1), None)


def _declared(schema: object, path: KeyPath) -> Iterator[KeyPath]:
    """The keys that a schema declares by their names, not too deep."""
    for name, below in properties(schema).items():
        yield (*path, name)
        if len(path) + 1 < _DEEPEST:
            yield from _declared(below, (*path, name))


def _fits(plan: Plan, place: KeyPath, value: object) -> bool:
    """Whether a value could stand at a place, as far as the schema knows. Of a mapping, it has to know a key."""
    there = schemas_at(place, plan.schema)
    known = {name for schema in there for name in properties(schema)}
    if value in (None, [], {}) or (is_mapping(value) and known.isdisjoint(value)):
        return False
    as_one = [{"type": "object", "properties": {"value": schema}} for schema in there]
    return any(not schema_findings({"value": value}, schema) for schema in as_one)


def _in_library(plan: Plan, path: KeyPath) -> str | None:
    """The record of the library whose package has the key, if the portal has not got it."""
    value = value_at(plan.app_config.data, path)
    for name, record in load_plugins().items():
        parts = (record.app_config, record.connection.app_config if record.connection is not None else {})
        if name not in plan.plugins and any(_alike(value_at(part, path), value) for part in parts):
            return f"add `{name}` to plugins in portal.yaml, which brings it, or remove it"
    provider = str(path[2]) if len(path) == 3 and path[:2] == ("auth", "providers") else None
    if provider in load_sign_in():
        return f"write `signIn: [{provider}]` in portal.yaml, or remove it"
    return None


def _alike(known: object, value: object) -> bool:
    """Whether a record's value is for the same as one that somebody wrote: a mapping, if they share a key."""
    if is_mapping(known) and is_mapping(value):
        return any(key in known for key in value)
    return known is not None


def _any_name(schema: object) -> object:
    return schema.get("additionalProperties") if is_mapping(schema) else None


def _requires(schema: Mapping[str, Any], finding: Finding) -> bool:
    current: Any = schema
    for part in finding.path[:-1]:
        declared: Any = current.get("properties", {}) if is_mapping(current) else {}
        current = declared.get(str(part)) if is_mapping(declared) else None
    required: Any = current.get("required", []) if is_mapping(current) else []
    return finding.path[-1] in required
