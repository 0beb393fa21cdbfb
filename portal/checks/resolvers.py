"""Nobody signs in as somebody else: what finds the User of an account takes no stranger's word for it.

The rules are those of @backstage/plugin-auth-node 0.7.6, ``sign-in/commonSignInResolvers``, and of the providers'
modules as their records list them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from portal.appconfig.references import as_backstage_reads, mentions_environment
from portal.base.errors import InputError, SituationError, did_you_mean, one_of, quoted
from portal.base.json_types import is_list, is_mapping
from portal.base.yaml_document import KeyPath, value_at
from portal.checks.location import app_config_key, app_config_location
from portal.plan import Plan
from portal.stack.options import KINDS, is_domain

BY_LOCAL_PART = "emailLocalPartMatchingUserEntityName"
_DOMAINS = "allowedDomains"

# Where anybody gets an address, of the name of their choice.
PUBLIC_DOMAINS = frozenset(
    [
        *("126.com", "163.com", "aol.com", "fastmail.com", "gmail.com", "gmx.at"),
        *("gmx.ch", "gmx.com", "gmx.de", "gmx.net", "googlemail.com", "hey.com"),
        *("hotmail.com", "icloud.com", "live.com", "mac.com", "mail.com", "mail.ru"),
        *("me.com", "msn.com", "outlook.com", "pm.me", "proton.me", "protonmail.com"),
        *("qq.com", "t-online.de", "tutanota.com", "web.de", "yahoo.co.uk", "yahoo.com"),
        *("yandex.com", "yandex.ru", "zoho.com"),
    ]
)


@dataclass(frozen=True)
class Resolver:
    """An entry of a provider's ``signIn.resolvers``, with its path in app-config. ``name`` is as Backstage reads it."""

    provider: str
    path: KeyPath
    name: str
    options: Mapping[str, Any]


def check_resolvers(plan: Plan) -> Iterator[InputError]:
    """Find resolvers that do not exist, that let strangers in, or that are missing where people sign in."""
    chosen = plan.resolved.sign_in
    found = list(resolvers(plan))
    if not chosen.anyone and not any(one.provider == chosen.id for one in found):
        path: KeyPath = ("auth", "providers", chosen.id)
        yield SituationError(
            f"{app_config_key(path)} has no entry in signIn.resolvers, so nobody could enter",
            "remove what appConfig writes there, or name a resolver",
            where=app_config_location(plan, path),
        )
    for resolver in found:
        yield from _unknown(plan, resolver)
        yield from _domains(plan, resolver)
    yield from _open_to_anyone(plan)


def resolvers(plan: Plan) -> Iterator[Resolver]:
    """The resolvers of every provider in the final app-config, in every environment: a request chooses one."""
    providers: Any = value_at(plan.app_config.data, ("auth", "providers"))
    for provider, section in providers.items() if is_mapping(providers) else ():
        for place in _sections(section):
            path: KeyPath = ("auth", "providers", str(provider), *place, "signIn", "resolvers")
            entries: Any = value_at(plan.app_config.data, path)
            for index, entry in enumerate(entries if is_list(entries) else ()):
                if is_mapping(entry):
                    name = as_backstage_reads(str(entry.get("resolver", "")))
                    yield Resolver(str(provider), (*path, index), name, entry)


def _sections(section: Any) -> Iterator[KeyPath]:  # noqa: ANN401 - JSON in
    """Where a provider's keys stand: below each environment, or, of what has no OAuth client, below no other key."""
    yield ()
    for name, value in section.items() if is_mapping(section) else ():
        if is_mapping(value):
            yield (str(name),)


def _unknown(plan: Plan, resolver: Resolver) -> Iterator[InputError]:
    record = plan.release.sign_in.get(resolver.provider)
    known = record.resolvers if record is not None else {}
    if known and resolver.name not in known and not mentions_environment(resolver.name):
        where, key = _place(plan, resolver, "resolver")
        yield InputError(
            where=where,
            key=key,
            got=quoted(resolver.name),
            allowed=f"a resolver that finds somebody here, which is {one_of(known)}",
            fix=did_you_mean(resolver.name, known),
        )


def _domains(plan: Plan, resolver: Resolver) -> Iterator[InputError]:
    given = resolver.options.get(_DOMAINS)
    where, key = _place(plan, resolver, _DOMAINS)
    if resolver.name != BY_LOCAL_PART:
        if given is not None:
            yield InputError(
                where=where,
                key=key,
                got=f"a value beside {resolver.name}",
                allowed=f"nothing: only {BY_LOCAL_PART} reads it, and with any other resolver people of other domains"
                " get in all the same",
                fix="remove it",
            )
        return
    listed = given if is_list(given) else []
    if not listed:
        yield InputError(
            where=where,
            key=key,
            got="nothing" if given in (None, []) else quoted(given),
            allowed=f"{KINDS['domains']}: without it, {BY_LOCAL_PART} makes anna@any.example the User anna",
            fix="write `allowedDomains: [acme.example]` with the domains that are yours alone",
        )
    for domain in listed:
        text = as_backstage_reads(str(domain))
        if text in PUBLIC_DOMAINS:
            yield InputError(
                where=where,
                key=key,
                got=quoted(text),
                allowed="domains whose addresses your organization gives out: everybody can get one there",
                fix="remove it, or match whole addresses: emailMatchingUserEntityProfileEmail",
            )
        elif not is_domain(text) and not mentions_environment(text):
            fix = "write each as it stands behind the @; it is compared letter by letter, and has no patterns"
            yield InputError(where=where, key=key, got=quoted(text), allowed=KINDS["domains"], fix=fix)


def _open_to_anyone(plan: Plan) -> Iterator[InputError]:
    providers: Any = value_at(plan.app_config.data, ("auth", "providers"))
    for record in plan.release.sign_in.values():
        section: Any = providers.get(record.id) if is_mapping(providers) else None
        for place in _sections(section):
            for option, values in record.open_to_anyone.items():
                path: KeyPath = ("auth", "providers", record.id, *place, option)
                value = as_backstage_reads(str(value_at(plan.app_config.data, path)))
                if value in values:
                    where, key = _origin(plan, path, option)
                    yield InputError(
                        where=where,
                        key=key,
                        got=quoted(value),
                        allowed="a value of your organization: with this one, everybody's accounts are taken, under any"
                        " name that they give themselves",
                        fix="write your own",
                    )


def _place(plan: Plan, resolver: Resolver, option: str) -> tuple[str, str]:
    return _origin(plan, resolver.path, option, (option,))


def _origin(plan: Plan, path: KeyPath, option: str, rest: KeyPath = ()) -> tuple[str, str]:
    """The file, line and key of a value: an option of ``portal:signIn``, or what is written under appConfig."""
    chosen = path[2] == plan.settings.sign_in.provider
    if chosen and value_at(plan.app_config.data, path) == value_at(plan.app_config.derived, path):
        return plan.where(("signIn", option)), f"portal:signIn.{option}"
    whole = (*path, *rest)
    written = value_at(plan.app_config.data, whole) is not None
    return app_config_location(plan, whole if written else path), app_config_key(whole)
