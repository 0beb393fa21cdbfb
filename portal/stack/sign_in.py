"""The sign-in providers of one stack, with their options: for signing in, and for linking accounts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from portal.base.address import is_loopback
from portal.base.errors import InputError, did_you_mean, one_of
from portal.models.stack import StackSettings
from portal.plugins.load import load_sign_in
from portal.plugins.record import SignInRecord
from portal.plugins.template import OptionValue, fill
from portal.stack.locations import Locations
from portal.stack.options import Given, require_options, resolve_options

# Backstage reads a provider's settings below this name (`auth.environment`).
ENVIRONMENT = "production"


@dataclass(frozen=True)
class StackProvider:
    """One sign-in provider of a stack. If ``signs_in`` is False, people only link its accounts."""

    record: SignInRecord
    signs_in: bool
    values: Mapping[str, OptionValue]

    @property
    def resolver_config(self) -> dict[str, Any]:
        """How to find the User in the catalog for an account. Only the provider that people sign in with needs it."""
        if not self.signs_in or self.record.resolver is None:
            return {}
        resolver = fill({"resolver": self.record.resolver, **self.record.resolver_options}, self.values)
        sign_in = {"signIn": {"resolvers": [resolver]}}
        # Only what has an OAuth client has one for each environment (@backstage/plugin-auth-node 0.7.6,
        # proxy/createProxyAuthProviderFactory).
        keys = sign_in if self.record.proxied else {ENVIRONMENT: sign_in}
        return {"auth": {"providers": {self.record.id: keys}}}

    @property
    def compares(self) -> dict[str, str]:
        """What of a User each resolver compares (:attr:`SignInRecord.resolvers`)."""
        return fill(self.record.resolvers, self.values)

    @property
    def signs_in_at(self) -> str | None:
        """Where a proxy in front of the portal sends whoever has not signed in; None if the record names none."""
        return fill(self.record.signs_in_at, self.values)

    @property
    def client_config(self) -> dict[str, Any]:
        """The app-config that signing in and linking both need."""
        return fill(self.record.app_config, self.values)

    @property
    def outbound_hosts(self) -> tuple[str, ...]:
        """The addresses that the portal's backend calls to exchange codes for tokens."""
        return tuple(fill(list(self.record.hosts), self.values))

    @property
    def picture_hosts(self) -> tuple[str, ...]:
        """The addresses of people's profile pictures."""
        return tuple(fill(list(self.record.pictures), self.values))


def stack_providers(
    records: Mapping[str, SignInRecord],
    settings: StackSettings,
    source_values: Mapping[str, OptionValue],
    locations: Locations,
) -> dict[str, StackProvider]:
    """The providers that a stack uses, for signing in and for linking accounts. InputError for an unknown one."""
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
    _require_load_balancer(chosen, {**load_sign_in(), **records}, settings, locations)
    _require_in_image(chosen, records, locations)
    found: dict[str, StackProvider] = {}
    for name in dict.fromkeys((*settings.connect, chosen)):
        record = records[name]
        _require_proxied_address(record, settings, locations)
        given = settings.sign_in.options if name == chosen else {}
        where = _place(locations)
        options = resolve_options(record.options, (Given(given, "portal:signIn", where),))
        if name == chosen:
            example = f"portal:signIn: {{{{provider: {name}, {{name}}: {{value}}}}}}"
            require_options(record.options, options, "portal:signIn", where, example)
        found[name] = StackProvider(record, name == chosen, {**source_values, **_front(settings), **options})
    return found


def _front(settings: StackSettings) -> dict[str, OptionValue]:
    """What texts of a record may say of the load balancer that signs people in."""
    before = settings.signs_in_before
    if before is None or settings.aws is None:
        return {}
    return {"issuer": before.issuer, "region": settings.aws.region}


def _require_load_balancer(
    chosen: str, records: Mapping[str, SignInRecord], settings: StackSettings, locations: Locations
) -> None:
    """Refuse a provider that takes the word of a load balancer which signs nobody in: anybody could say the same.

    And a load balancer that signs people in for a provider that does not ask it: they would sign in twice.
    """
    believing = [record.id for record in records.values() if record.load_balancer]
    asks = chosen in believing
    if asks == (settings.signs_in_before is not None):
        return
    if asks:
        raise InputError(
            where=locations.stack(("signIn", "provider")),
            key="portal:signIn.provider",
            got=f'"{chosen}", and no portal:loadBalancer.signIn',
            allowed="a load balancer of the stack that signs people in, as the provider takes its word",
            fix="write portal:loadBalancer.signIn (docs/how-to/sign-in.md), or choose another provider",
        )
    raise InputError(
        where=locations.stack(("loadBalancer", "signIn")),
        key="portal:loadBalancer.signIn",
        got=f'a value, and "{chosen}" in portal:signIn.provider',
        allowed=f"a provider that takes the load balancer's word ({', '.join(believing)}), or people sign in twice",
        fix=f"write `portal:signIn: {{provider: {believing[0]}}}`, or remove portal:loadBalancer.signIn",
    )


def _require_proxied_address(record: SignInRecord, settings: StackSettings, locations: Locations) -> None:
    """Refuse a proxy in front of an address of this machine: it could not be there, and nobody could sign in."""
    if record.signs_in_at is not None and is_loopback(settings.url):
        raise InputError(
            where=locations.stack(("signIn", "provider")),
            key="portal:signIn.provider",
            got=f'"{record.id}", and {settings.url} in portal:url',
            allowed="an address that the proxy serves",
            fix="write that address in portal:url, or choose another provider",
        )


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
