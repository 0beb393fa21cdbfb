"""The catalog as the final app-config describes it: its locations, and which kinds each of them may hold."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from portal.base.json_types import is_list, is_mapping
from portal.base.yaml_document import KeyPath, value_at
from portal.checks.location import app_config_key, app_config_location
from portal.contract import APP_FOLDER
from portal.plan import Plan

# plugin-catalog-backend 4.0.0, ingestion/CatalogRules: what it allows where `catalog.rules` is absent.
_DEFAULT_RULES = [{"allow": ["Component", "API", "Location"]}]


@dataclass(frozen=True)
class CatalogLocation:
    """One entry of ``catalog.locations``, with the place and key that errors name."""

    type: str
    target: str
    path: KeyPath
    where: str
    key: str

    @property
    def absolute(self) -> str:
        """The target as rules compare it: of a file, its path in the image."""
        return posixpath.normpath(posixpath.join(APP_FOLDER, self.target)) if self.type == "file" else self.target


def catalog_locations(plan: Plan) -> list[CatalogLocation]:
    """The locations that the catalog starts with. What is no location is left to the config schema."""
    found = [(path, entry) for path, entry in _entries(plan, "locations") if is_mapping(entry)]
    return [
        CatalogLocation(entry["type"], entry["target"], path, *_place(plan, path, entry))
        for path, entry in found
        if isinstance(entry.get("type"), str) and isinstance(entry.get("target"), str)
    ]


def _place(plan: Plan, path: KeyPath, entry: Any) -> tuple[str, str]:  # noqa: ANN401 - JSON in
    """The line in ``portal.yaml`` that a location comes from, or the key under appConfig."""
    for index, chosen in enumerate(plan.release.portal.catalog.locations):
        key = "url" if chosen.file is None else "file"
        own = ("url", chosen.url) if chosen.file is None else ("file", f"./{chosen.file}")
        if (entry["type"], entry["target"]) == own:
            where = plan.loaded.document.where(("catalog", "locations", index, key))
            return where, f"catalog.locations[{index}].{key}"
    return app_config_location(plan, (*path, "target")), app_config_key((*path, "target"))


def allowed_kinds(plan: Plan, location: CatalogLocation | None) -> dict[str, str | None]:
    """The kinds that a location may hold, each with the ``spec.type`` that it has to have, if a rule says so.

    None is a location that people register in the portal. A rule for a pattern of addresses counts as if it fitted.
    """
    rules = [rule for _, rule in _entries(plan, "rules")] if _has_rules(plan) else _DEFAULT_RULES
    allowed: dict[str, str | None] = {}
    for rule in rules:
        if is_mapping(rule) and _fits(rule.get("locations"), location):
            allowed |= dict(_kinds(rule))
    if location is not None:
        for path, _ in rule_kinds(plan):
            if path[: len(location.path)] == location.path:
                allowed |= dict(_kinds(value_at(plan.app_config.data, path[: len(location.path) + 2])))
    return allowed


def rule_kinds(plan: Plan) -> Iterator[tuple[KeyPath, str]]:
    """Every kind that a rule allows, with its path in app-config."""
    rules = [*_entries(plan, "rules")]
    for path, entry in _entries(plan, "locations"):
        own = entry.get("rules") if is_mapping(entry) else None
        rules += [((*path, "rules", index), rule) for index, rule in enumerate(own if is_list(own) else ())]
    for path, rule in rules:
        allow = rule.get("allow") if is_mapping(rule) else None
        for index, item in enumerate(allow if is_list(allow) else ()):
            if isinstance(item, str):
                yield (*path, "allow", index), item
            elif is_mapping(item) and isinstance(item.get("kind"), str):
                yield (*path, "allow", index, "kind"), item["kind"]


def has_providers(plan: Plan) -> bool:
    """Whether providers of entities bring Users, such as an organization's people.

    Not all of them do: those that look for repositories bring what rules allow (``catalog_rules.py``). What people
    configure themselves may bring anything.
    """
    own = entity_providers(plan.app_config.data) != entity_providers(plan.app_config.derived)
    return own or any(one.enabled and one.connected and one.record.gives_users for one in plan.plugins.values())


def entity_providers(config: Mapping[str, Any]) -> Mapping[str, Any]:
    """The providers of entities in an app-config: modules of the image that bring entities from somewhere else."""
    catalog = config.get("catalog")
    providers = catalog.get("providers") if is_mapping(catalog) else None
    return providers if is_mapping(providers) else {}


def _has_rules(plan: Plan) -> bool:
    catalog = plan.app_config.data.get("catalog")
    return is_mapping(catalog) and "rules" in catalog


def _entries(plan: Plan, key: str) -> list[tuple[KeyPath, Any]]:
    catalog = plan.app_config.data.get("catalog")
    entries = catalog.get(key) if is_mapping(catalog) else None
    return [(("catalog", key, index), entry) for index, entry in enumerate(entries if is_list(entries) else ())]


def _kinds(rule: Any) -> Iterator[tuple[str, str | None]]:  # noqa: ANN401 - JSON in
    allow = rule.get("allow") if is_mapping(rule) else None
    for item in allow if is_list(allow) else ():
        if isinstance(item, str):
            yield item, None
        elif is_mapping(item) and isinstance(item.get("kind"), str):
            of_type = item.get("spec.type")
            yield item["kind"], of_type if isinstance(of_type, str) else None


def _fits(matchers: Any, location: CatalogLocation | None) -> bool:  # noqa: ANN401 - JSON in
    """Whether a rule is for a location. A rule without ``locations`` is for all."""
    if not is_list(matchers):
        return True
    for matcher in matchers:
        of_type = matcher.get("type") if is_mapping(matcher) else None
        if of_type == (location.type if location is not None else "url"):
            exact = matcher.get("exact")
            if exact is None or (location is not None and exact == location.absolute):
                return True
    return False
