"""Somebody can sign in: the catalog has a User for an account."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from portal.base.errors import InputError, SituationError
from portal.base.json_types import is_list, is_mapping
from portal.base.yaml_document import Document, value_at
from portal.checks.catalog_config import allowed_kinds, catalog_locations, has_providers
from portal.checks.content import read_content
from portal.checks.entity_name import entity_name
from portal.checks.resolvers import resolvers
from portal.plan import Plan

# Whom the resolvers that go by names find: they look in this namespace.
_NAMESPACE = "user:default/"
_WORDS = {"email": "an email address in spec.profile.email"}
_WITHOUT_USER = "dangerouslyAllowSignInWithoutUserInCatalog"


def check_people(plan: Plan) -> Iterator[InputError]:
    """Find a stack that nobody could enter. Backstage says so only to those who try ("unable to resolve identity").

    Guests do not count, as nobody's account is theirs. A User counts if it has what one of the provider's resolvers
    compares. Users may also come from a location whose rules allow them, or from a provider of entities. What the image
    of a pinned release holds is not known here.
    """
    provider = plan.resolved.sign_in
    if provider.anyone or plan.loaded.content is None or has_providers(plan) or _enters_without_user(plan):
        return
    found = read_content(plan, plan.loaded.content)
    if found.elsewhere or found.findings or _users_at_an_address(plan):
        return
    guests = set(_guests(plan))
    users = [entity for entity in found.entities if (entity_name(entity) or "").startswith("user:")]
    people = [user for user in users if str(entity_name(user)).lower() not in guests]
    compared = _compared(plan)
    if any(_can_be_found(user, compared) for user in people):
        return
    wanted = "" if "name" in compared else " or ".join(_WORDS.get(one, f"the annotation {one}") for one in compared)
    only = f" with {wanted}" if people and wanted else " but the guest" if users and not people else ""
    yield SituationError(
        f"people sign in with {provider.title}, and the catalog has no User{only}, so nobody could enter",
        f"add a User{f' with {wanted}' if wanted else ''} for each person to a file below content/, or a location whose"
        " rules allow User under appConfig.catalog.locations, or a plugin that brings your organization's people",
        where=plan.where(("signIn", "provider")),
    )


def _compared(plan: Plan) -> tuple[str, ...]:
    """What of a User the resolvers of the stack's provider compare; nothing if that is not known of all of them."""
    provider = plan.resolved.providers[plan.settings.sign_in.provider]
    known = provider.compares
    names = [one.name for one in resolvers(plan) if one.provider == provider.record.id]
    return tuple(dict.fromkeys(known[name] for name in names)) if all(name in known for name in names) else ()


def _can_be_found(user: Document, compared: Iterable[str]) -> bool:
    """Whether a User has one of the things that are compared. If they are not known, it has."""
    places = {"email": ("spec", "profile", "email")}
    given = tuple(compared)
    by_name = "name" in given and str(entity_name(user)).lower().startswith(_NAMESPACE)
    others = (places.get(one, ("metadata", "annotations", one)) for one in given if one != "name")
    return not given or by_name or any(value_at(user.data, place) for place in others)


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
