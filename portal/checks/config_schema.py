"""app-config matches the config schema of everything in the image, as ``config:check --strict`` would demand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from portal.appconfig.validate import UNDECLARED, Finding, schema_findings
from portal.appconfig.visibility import properties
from portal.base.errors import InputError, closest
from portal.base.json_types import is_mapping
from portal.base.yaml_document import KeyPath, show_path
from portal.checks.location import app_config_key, app_config_location
from portal.plan import Plan

# Packages bring their own keys, so a word that is only somewhat like a known one is another package's, not a typo.
NEARLY_THE_SAME = 0.8


def check_config_schema(plan: Plan) -> Iterator[InputError]:
    """Find undeclared keys, wrong types and missing required keys.

    If an installed plugin lacks a required key, the portal logs no error, never serves the frontend, and is never
    ready.
    """
    for finding in schema_findings(plan.app_config.data, plan.schema):
        undeclared = finding.got == UNDECLARED
        yield InputError(
            where=app_config_location(plan, finding.path),
            key=app_config_key(finding.path),
            got=finding.got,
            allowed=finding.allowed,
            fix=_fix_of_undeclared(plan, finding) if undeclared else _fix(plan, finding),
        )


def _fix(plan: Plan, finding: Finding) -> str:
    if finding.got == "nothing":
        packages = [
            str(entry["package"]) for entry in plan.loaded.schemas.packages if _requires(entry["schema"], finding)
        ]
        who = f" ({', '.join(packages)} requires it)" if packages else ""
        return f"set it under appConfig{who}"
    return "correct the value"


def _fix_of_undeclared(plan: Plan, finding: Finding) -> str:
    """The misspelt key, the place where the same key is known, or that a plugin would have to bring it."""
    name = str(finding.path[-1])
    close = closest(name, finding.known, cutoff=NEARLY_THE_SAME)
    if close:
        return f"did you mean {close[0]}?"
    elsewhere = _elsewhere(plan.schema, finding.path)
    if elsewhere is not None:
        return f"write it as {show_path(elsewhere)}"
    return "remove it, or add the plugin that reads it: a plugin may bring keys of its own"


def _elsewhere(schema: Mapping[str, Any], path: KeyPath) -> KeyPath | None:
    """Where a key belongs that stands too high: below another key of the same mapping, if there is one such place."""
    here: object = schema
    for part in path[:-1]:
        here = properties(here).get(str(part))
    name = str(path[-1])
    takes = [key for key, below in properties(here).items() if name in properties(below)]
    takes = takes or [key for key, below in properties(here).items() if is_mapping(_any_name(below))]
    return (*path[:-1], takes[0], name) if len(takes) == 1 else None


def _any_name(schema: object) -> object:
    return schema.get("additionalProperties") if is_mapping(schema) else None


def _requires(schema: Mapping[str, Any], finding: Finding) -> bool:
    current: Any = schema
    for part in finding.path[:-1]:
        declared: Any = current.get("properties", {}) if is_mapping(current) else {}
        current = declared.get(str(part)) if is_mapping(declared) else None
    required: Any = current.get("required", []) if is_mapping(current) else []
    return finding.path[-1] in required
