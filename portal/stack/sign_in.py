"""Who may enter one stack, and whose accounts people link: sign-in providers with their options."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from portal.base.errors import InputError, did_you_mean, one_of
from portal.models.stack import StackSettings
from portal.plugins.load import load_sign_in
from portal.plugins.record import SignInRecord
from portal.plugins.template import OptionValue, fill
from portal.stack.locations import Locations
from portal.stack.options import Given, require_options, resolve_options

# Backstage looks for a provider's settings below this name (`auth.environment`).
ENVIRONMENT = "production"


@dataclass(frozen=True)
class StackProvider:
    """One sign-in provider as a stack has it. ``signs_in``: it is the way in; else people only link its accounts."""

    record: SignInRecord
    signs_in: bool
    values: Mapping[str, OptionValue]

    @property
    def resolver_config(self) -> dict[str, Any]:
        """How an account becomes a User of the catalog, for the way in alone."""
        if not self.signs_in or self.record.resolver is None:
            return {}
        resolver = {"resolver": fill(self.record.resolver, self.values)}
        sign_in = {ENVIRONMENT: {"signIn": {"resolvers": [resolver]}}}
        return {"auth": {"providers": {self.record.id: sign_in}}}

    @property
    def client_config(self) -> dict[str, Any]:
        """What signing in and linking both need."""
        return fill(self.record.app_config, self.values)

    @property
    def outbound_hosts(self) -> tuple[str, ...]:
        """The addresses that the portal's backend exchanges codes with."""
        return tuple(fill(list(self.record.hosts), self.values))

    @property
    def picture_hosts(self) -> tuple[str, ...]:
        """Where the pictures of the people come from who have an account."""
        return tuple(fill(list(self.record.pictures), self.values))


def stack_providers(
    records: Mapping[str, SignInRecord],
    settings: StackSettings,
    source_values: Mapping[str, OptionValue],
    locations: Locations,
) -> dict[str, StackProvider]:
    """The providers that a stack uses: those whose accounts people link, and the way in. InputError for a wrong one."""
    linked = {name: record for name, record in records.items() if record.links}
    for name in settings.connect:
        if name not in linked:
            raise InputError(
                where=locations.stack(("connect",)),
                key="portal:connect",
                got=f'"{name}"',
                allowed=one_of(linked) if linked else "nothing, as this portal has no accounts to link",
                fix=did_you_mean(name, linked),
            )
    chosen = settings.sign_in.provider
    _require_in_image(chosen, records, locations)
    found: dict[str, StackProvider] = {}
    for name in dict.fromkeys((*settings.connect, chosen)):
        record = records[name]
        given = settings.sign_in.options if name == chosen else {}
        where = _place(locations)
        options = resolve_options(record.options, (Given(given, "portal:signIn", where),))
        if name == chosen:
            example = f"portal:signIn: {{{{provider: {name}, {{name}}: {{value}}}}}}"
            require_options(record.options, options, "portal:signIn", where, example)
        found[name] = StackProvider(record, name == chosen, {**source_values, **options})
    return found


def _require_in_image(chosen: str, records: Mapping[str, SignInRecord], locations: Locations) -> None:
    if chosen in records:
        return
    library = load_sign_in()
    raise InputError(
        where=locations.stack(("signIn", "provider")),
        key="portal:signIn.provider",
        got=f'"{chosen}"' + (", which is not in the image" if chosen in library else ""),
        allowed=one_of(records),
        fix=f"write `signIn: [{chosen}]` in portal.yaml and run `portal lock`, or choose another one"
        if chosen in library
        else did_you_mean(chosen, {**records, **library}),
    )


def _place(locations: Locations) -> Callable[[str], str]:
    return lambda option: locations.stack(("signIn", option))
