"""app-config matches the config schema of everything in the image, as ``config:check --strict`` would demand."""

from __future__ import annotations

from collections.abc import Iterator

from portal.appconfig.validate import NOTHING, UNDECLARED, Finding, schema_findings
from portal.appconfig.visibility import schemas_at
from portal.base.errors import InputError
from portal.base.json_types import is_mapping
from portal.base.yaml_document import KeyPath, value_at
from portal.checks.credentials import is_unknown_reference
from portal.checks.location import app_config_key, app_config_location
from portal.checks.schema_fix import fix_of
from portal.plan import Plan

# Nobody reads a longer list of keys.
_MANY = 8


def check_config_schema(plan: Plan) -> Iterator[InputError]:
    """Find undeclared keys, wrong types and missing required keys.

    If an installed plugin lacks a required key, the portal logs no error, never serves the frontend, and is never
    ready. What is wrong with a reference such as ``$env`` is left to ``credentials.py``, which knows what is meant.
    """
    for finding in schema_findings(plan.app_config.data, plan.schema):
        if _in_unknown_reference(plan, finding.path):
            continue
        yield InputError(
            where=app_config_location(plan, finding.path),
            key=app_config_key(finding.path),
            got=finding.got,
            allowed=_allowed(plan, finding),
            fix=fix_of(plan, finding),
        )


def _allowed(plan: Plan, finding: Finding) -> str:
    """What is allowed, and the package that says so."""
    if finding.got == UNDECLARED:
        count = len(finding.known)
        return f"one of the {count} keys that are declared there" if count > _MANY else finding.allowed
    packages = [
        str(entry["package"]) for entry in plan.loaded.schemas.packages if schemas_at(finding.path, entry["schema"])
    ]
    return f"{finding.allowed} ({packages[0]})" if packages and finding.got != NOTHING else finding.allowed


def _in_unknown_reference(plan: Plan, path: KeyPath) -> bool:
    """Whether a key is such a reference, or stands in one."""
    places = (value_at(plan.app_config.data, path[:length]) for length in range(1, len(path) + 1))
    return any(is_mapping(value) and any(map(is_unknown_reference, value)) for value in places)
