"""One resolved stack: everything that follows from a release and the stack's settings, and from nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from portal.base.address import is_loopback
from portal.base.yaml_document import KeyPath
from portal.contract import AWS_BUCKET, AWS_REGION, DATABASE_ENVIRONMENT, LOAD_BALANCER_ARN
from portal.models.stack import StackSettings
from portal.plugins.record import Packages, SecretRecord, SignInRecord
from portal.plugins.template import OptionValue
from portal.release.bundle import Release
from portal.release.release import LoadedRelease
from portal.stack.connection_budget import max_connections
from portal.stack.locations import Locations
from portal.stack.migrations import StackMigrations, stack_migrations
from portal.stack.outbound import ports_of, services_of
from portal.stack.plugins import StackPlugin, backends, excluded_packages, stack_plugins
from portal.stack.secrets import SecretNeed, secret_needs
from portal.stack.sign_in import StackProvider, stack_providers
from portal.stack.sources import StackSource, stack_sources
from portal.targets import Target, targets


@dataclass(frozen=True)
class ResolvedStack:
    """One stack of a release. ``providers`` are those that people sign in with or link accounts of."""

    name: str
    target: Target
    release: Release
    settings: StackSettings
    sources: Mapping[str, StackSource]
    providers: Mapping[str, StackProvider]
    plugins: Mapping[str, StackPlugin]
    migrations: StackMigrations

    @property
    def backends(self) -> tuple[str, ...]:
        """The ids of the backend plugins that run here. Each has a schema, at least for its signing keys."""
        return backends(self.plugins.values())

    @property
    def title(self) -> str:
        """The portal's name."""
        portal = self.release.portal
        return self.settings.title or portal.title or f"{portal.organization} Portal"

    @property
    def sign_in(self) -> SignInRecord:
        """The record of the provider that people sign in with."""
        return self.providers[self.settings.sign_in.provider].record

    @property
    def signs_in_at(self) -> str | None:
        """Where people are sent to sign in before a request reaches the portal; None if it signs them in itself."""
        before = self.settings.signs_in_before
        provider = self.providers[self.settings.sign_in.provider]
        return before.authorization_endpoint if before is not None else provider.signs_in_at

    @property
    def has_bucket(self) -> bool:
        """Whether the stack makes a bucket: on AWS, if a plugin keeps files in one."""
        return self.settings.aws is not None and any(plugin.uses_bucket for plugin in self.plugins.values())

    @property
    def pod_environment(self) -> tuple[str, ...]:
        """The variables that app-config may name as `${NAME}`, as only a deployment knows their values."""
        region = (AWS_REGION,) if self.settings.aws is not None else ()
        bucket = (AWS_BUCKET,) if self.has_bucket else ()
        front = (LOAD_BALANCER_ARN,) if self.settings.signs_in_before is not None else ()
        return (*DATABASE_ENVIRONMENT, *region, *bucket, *front)

    @property
    def own_cluster(self) -> bool:
        """Whether the stack's cluster is one that ``portal up`` made, where nobody else has pods."""
        return self.target.owns_cluster(self.settings)

    @property
    def loopback(self) -> bool:
        """Whether no other machine can reach the portal from outside its cluster.

        An Ingress, a route, a load balancer, or a node port that other machines can reach exposes the portal.
        """
        settings = self.settings
        exposed = settings.service.node_port is not None and not self.own_cluster
        return is_loopback(settings.url) and not (
            exposed or settings.ingress or settings.gateway or settings.load_balancer
        )

    @property
    def private(self) -> bool:
        """Whether nobody but the users of this machine can reach the portal: not from a pod of its cluster either.

        Guests, permissions for everybody and settings called ``dangerously...`` are for private portals only.
        """
        return self.loopback and self.own_cluster

    @property
    def not_connected(self) -> tuple[str, ...]:
        """Services that plugins of this stack are not connected to."""
        return tuple(
            service for plugin in self.plugins.values() if plugin.not_connected and (service := plugin.service)
        )

    @property
    def connected(self) -> tuple[str, ...]:
        """Services that plugins of this stack are connected to."""
        return tuple(one.linked.service for one in self.plugins.values() if one.linked is not None)

    @property
    def excluded(self) -> Packages:
        """The packages in the image that this stack does not load."""
        needed = (record.packages for record in self.release.sign_in.values())
        return excluded_packages(self.plugins.values(), needed)

    @property
    def outbound_ports(self) -> tuple[int, ...]:
        """The TCP ports of the addresses outside the cluster that the portal's backend calls."""
        return ports_of(self._outbound_hosts())

    @property
    def outbound_services(self) -> Mapping[str, tuple[int, ...]]:
        """The TCP ports of the cluster's services that the portal's backend calls, by their namespace."""
        return services_of(self._outbound_hosts())

    @property
    def max_connections(self) -> int:
        """How many connections the database has to allow."""
        return max_connections(len(self.backends))

    @cached_property
    def needs(self) -> Mapping[str, SecretNeed]:
        """All secrets that the stack needs, by name."""
        return secret_needs(self.settings, self._required_secrets())

    def _outbound_hosts(self) -> Iterator[str]:
        for one in (*self.plugins.values(), *self.providers.values(), *self.sources.values()):
            yield from one.outbound_hosts
        for location in self.release.portal.catalog.locations:
            if location.url is not None:
                yield location.url

    def _required_secrets(self) -> Iterator[Mapping[str, SecretRecord]]:
        for source in self.sources.values():
            yield source.secrets
        for provider in self.providers.values():
            yield provider.record.secrets
        for plugin in self.plugins.values():
            if plugin.linked is not None:
                yield plugin.linked.secrets


def _left_behind(settings: StackSettings) -> list[str]:
    return [name for one in settings.rolled_back.values() for name in one.migrations]


def resolve_stack(
    name: str, settings: StackSettings, loaded: LoadedRelease, where: Callable[[KeyPath], str]
) -> ResolvedStack:
    """The resolved stack. ``where`` gives the file and line of a key in its file. InputError for wrong options."""
    release = loaded.release
    locations = Locations(release.portal, loaded.document, where)
    sources = stack_sources(release.portal, release.sources, settings, locations)
    values: dict[str, OptionValue] = {
        f"{source.record.id}.{key}": value for source in sources.values() for key, value in source.values.items()
    }
    providers = stack_providers(release.sign_in, settings, values, locations)
    plugins = stack_plugins(release.portal, release.plugins, settings, values, locations)
    migrations = stack_migrations(loaded.migrations, backends(plugins.values()), _left_behind(settings))
    return ResolvedStack(name, targets()[settings.target], release, settings, sources, providers, plugins, migrations)
