"""app-config matches the config schema of everything in the image, as ``config:check --strict`` would demand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from portal.appconfig.validate import Finding, schema_findings
from portal.base.errors import InputError, did_you_mean
from portal.base.json_types import is_mapping
from portal.checks.location import app_config_key, app_config_location
from portal.plan import Plan

# The schema's words for its types, as a person writes them.
_WORDS = {"boolean": "true or false", "string": "text", "number": "a number", "integer": "a whole number"}


def check_config_schema(plan: Plan) -> Iterator[InputError]:
    """Find undeclared keys, wrong types and missing required keys.

    If an installed plugin lacks a required key, the portal logs no error, never serves the frontend, and is never
    ready.
    """
    for finding in schema_findings(plan.app_config.data, plan.schema):
        yield InputError(
            where=app_config_location(plan, finding.path),
            key=app_config_key(finding.path),
            got=finding.got,
            allowed=_WORDS.get(finding.allowed, finding.allowed),
            fix=_fix(plan, finding),
        )


def _fix(plan: Plan, finding: Finding) -> str:
    if finding.known:
        return did_you_mean(str(finding.path[-1]), finding.known)
    if finding.got == "nothing":
        packages = [str(entry["package"]) for entry in plan.loaded.schemas if _requires(entry["schema"], finding)]
        who = f" ({', '.join(packages)} requires it)" if packages else ""
        return f"set it under appConfig{who}"
    return "correct the value"


def _requires(schema: Mapping[str, Any], finding: Finding) -> bool:
    current: Any = schema
    for part in finding.path[:-1]:
        properties: Any = current.get("properties", {}) if is_mapping(current) else {}
        current = properties.get(str(part)) if is_mapping(properties) else None
    required: Any = current.get("required", []) if is_mapping(current) else []
    return finding.path[-1] in required
