"""Sign-in resolvers that installed modules have and do not list in their config schema.

``config:check --strict`` refuses them, and Backstage starts with them and signs people in. Each entry was taken from
the code of the version that it names. What is listed and not there is refused (:mod:`portal.checks.resolvers`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from portal.base.json_types import is_list, is_mapping


@dataclass(frozen=True)
class UnlistedResolvers:
    """Resolvers of a provider whose settings stand below an environment."""

    package: str
    version: str
    source: str
    provider: str
    names: tuple[str, ...]


UNLISTED = (
    UnlistedResolvers(
        "@backstage/plugin-auth-backend-module-github-provider",
        "0.5.7",
        "module (signInResolverFactories has auth-node 0.7.6's commonSignInResolvers)",
        "github",
        ("emailLocalPartMatchingUserEntityName",),
    ),
    UnlistedResolvers(
        "@backstage/plugin-auth-backend-module-auth0-provider",
        "0.4.5",
        "module (signInResolverFactories); its schema has no `signIn` at all",
        "auth0",
        ("emailMatchingUserEntityProfileEmail", "emailLocalPartMatchingUserEntityName"),
    ),
)

# auth-node 0.7.6, sign-in/commonSignInResolvers: what each of the common resolvers takes.
_OPTIONS: Mapping[str, Mapping[str, Any]] = {
    "emailLocalPartMatchingUserEntityName": {"allowedDomains": {"type": "array", "items": {"type": "string"}}},
}


def with_unlisted_resolvers(packages: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The config schemas (``{package, schema}``), with the resolvers that their packages have besides."""
    found: list[Mapping[str, Any]] = []
    for entry in packages:
        own = [unlisted for unlisted in UNLISTED if unlisted.package == entry["package"]]
        schema = deepcopy(entry["schema"]) if own else entry["schema"]
        for unlisted in own:
            _add(schema, unlisted)
        found.append({**entry, "schema": schema})
    return found


def _add(schema: Any, unlisted: UnlistedResolvers) -> None:  # noqa: ANN401 - JSON in
    section: Any = schema
    for key in ("properties", "auth", "properties", "providers", "properties", unlisted.provider):
        section = section.get(key) if is_mapping(section) else None
    environment: Any = section.get("additionalProperties") if is_mapping(section) else None
    if not is_mapping(environment) or not is_mapping(environment.get("properties")):
        return
    sign_in: Any = environment["properties"].setdefault("signIn", {"type": "object", "properties": {}})
    resolvers = sign_in["properties"].setdefault("resolvers", {"type": "array", "items": {"anyOf": []}})
    listed = resolvers["items"]["anyOf"]
    if is_list(listed):
        listed.extend(_listed(name) for name in unlisted.names)


def _listed(name: str) -> dict[str, Any]:
    options = {"dangerouslyAllowSignInWithoutUserInCatalog": {"type": "boolean"}, **_OPTIONS.get(name, {})}
    properties = {"resolver": {"type": "string", "const": name}, **options}
    return {"type": "object", "properties": properties, "required": ["resolver"]}
