"""Somebody can sign in: the catalog has a User for an account."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from portal.base.errors import InputError, SituationError
from portal.base.json_types import is_list, is_mapping
from portal.checks.catalog_config import allowed_kinds, catalog_locations, has_providers
from portal.checks.content import read_content
from portal.checks.entity_name import entity_name
from portal.plan import Plan

_WITHOUT_USER = "dangerouslyAllowSignInWithoutUserInCatalog"


def check_people(plan: Plan) -> Iterator[InputError]:
    """Find a stack that nobody could enter. Backstage says so only to those who try ("unable to resolve identity").

    Guests do not count, as nobody's account is theirs. Users may also come from a location whose rules allow them, or
    from a provider of entities. What the image of a pinned release holds is not known here.
    """
    provider = plan.resolved.sign_in
    if provider.anyone or plan.loaded.content is None or has_providers(plan) or _enters_without_user(plan):
        return
    found = read_content(plan, plan.loaded.content)
    if found.elsewhere or found.findings or _users_at_an_address(plan):
        return
    guests = set(_guests(plan))
    users = [name for entity in found.entities if (name := entity_name(entity)) and name.startswith("user:")]
    if all(name.lower() in guests for name in users):
        only = " but the guest" if users else ""
        yield SituationError(
            f"people sign in with {provider.title}, and the catalog has no User{only}, so nobody could enter",
            "add a User for each person to a file below content/, or a location whose rules allow User under"
            " appConfig.catalog.locations",
            where=plan.where(("signIn", "provider")),
        )


def _users_at_an_address(plan: Plan) -> bool:
    """Whether a location outside of the image may hold Users."""
    outside = [location for location in catalog_locations(plan) if location.type != "file"]
    return any(kind.lower() == "user" for location in outside for kind in allowed_kinds(plan, location))


def _guests(plan: Plan) -> Iterator[str]:
    """The Users that providers for anyone sign everybody in as."""
    for record in plan.release.sign_in.values():
        value: Any = record.app_config if record.anyone else {}
        for key in ("auth", "providers", record.id, "userEntityRef"):
            value = value.get(key) if is_mapping(value) else None
        if isinstance(value, str):
            yield value.lower()


def _enters_without_user(plan: Plan) -> bool:
    """Whether the provider's settings let people in whom the catalog does not know."""
    return _mentions(plan.app_config.data.get("auth"))


def _mentions(value: object) -> bool:
    if is_mapping(value):
        return bool(value.get(_WITHOUT_USER)) or any(_mentions(item) for item in value.values())
    return is_list(value) and any(_mentions(item) for item in value)
