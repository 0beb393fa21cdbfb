"""The plugins of one stack: which run, with which options, and which are connected to their service."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from portal.base.errors import InputError, closest, one_of
from portal.models.portal_file import PortalFile
from portal.models.stack import PluginSettings, StackSettings
from portal.plugins.record import Connection, Packages, PluginRecord
from portal.plugins.rights import RbacRule
from portal.plugins.template import OptionValue, fill
from portal.stack.locations import Locations
from portal.stack.options import Given, require_options, resolve_options


@dataclass(frozen=True)
class StackPlugin:
    """One plugin of a stack.

    ``connected`` is True for a plugin that needs no service. ``values`` fill the record's templates. They are the
    options and the values of the stack's sources.
    """

    record: PluginRecord
    enabled: bool
    connected: bool
    options: Mapping[str, OptionValue]
    values: Mapping[str, OptionValue]

    @property
    def not_connected(self) -> bool:
        """Whether the plugin runs and is not connected to its service."""
        return self.enabled and not self.connected

    @property
    def service(self) -> str | None:
        """The name of the service that the plugin connects to; None for a plugin that needs none."""
        return self.record.connection.service if self.record.connection is not None else None

    @property
    def linked(self) -> Connection | None:
        """The connection, if it is in use."""
        return self.record.connection if self.enabled and self.connected else None

    @property
    def outbound_hosts(self) -> tuple[str, ...]:
        """The addresses that the portal's backend calls for this plugin."""
        if not self.enabled:
            return ()
        linked = self.linked.hosts if self.linked is not None else ()
        return tuple(fill([*self.record.hosts, *linked], self.values))

    @property
    def uses_bucket(self) -> bool:
        """Whether the plugin keeps files in the stack's bucket, if there is one."""
        return self.enabled and bool(self.record.bucket)

    @property
    def access_rules(self) -> tuple[RbacRule, ...]:
        """What the plugin may do in the portal's cluster, as its options have it."""
        rules = self.record.kubernetes.rules if self.enabled else ()
        return tuple(rule for rule in rules if rule.when is None or fill(rule.when, self.values) is True)

    @property
    def access_namespaces(self) -> tuple[str, ...]:
        """The only namespaces where it may do that. Empty for the whole cluster."""
        template = self.record.kubernetes.namespaces
        return tuple(fill(template, self.values) or ()) if template is not None else ()

    @property
    def browser_hosts(self) -> tuple[str, ...]:
        """The addresses that the plugin's frontend calls from the user's browser."""
        return tuple(fill(list(self.linked.browser_hosts), self.values)) if self.linked is not None else ()


def stack_plugins(
    portal: PortalFile,
    records: Mapping[str, PluginRecord],
    settings: StackSettings,
    source_values: Mapping[str, OptionValue],
    locations: Locations,
) -> dict[str, StackPlugin]:
    """Every plugin of a release, with the stack's settings. Raises InputError for the first wrong option."""
    for plugin in settings.plugins:
        if plugin not in records:
            raise InputError(
                where=locations.stack(("plugins", plugin)),
                key=f"portal:plugins.{plugin}",
                got="a plugin that this portal does not have",
                allowed=one_of(records),
                fix=_meant_plugin(plugin, records),
            )
    chosen = {choice.id: choice.options for choice in portal.plugins}
    return {
        plugin: _stack_plugin(record, chosen.get(plugin, {}), settings, source_values, locations)
        for plugin, record in records.items()
    }


def _meant_plugin(name: str, records: Mapping[str, PluginRecord]) -> str:
    close = closest(name, records)
    return f"did you mean {close[0]}?" if close else "remove the line, or add the plugin to portal.yaml"


def backends(plugins: Iterable[StackPlugin]) -> tuple[str, ...]:
    """The ids of the backend plugins of the plugins that run."""
    return tuple(name for plugin in plugins if plugin.enabled for name in plugin.record.databases)


def excluded_packages(plugins: Iterable[StackPlugin], others: Iterable[Packages]) -> Packages:
    """The packages that a stack does not load: those that only disabled plugins need, and those that a plugin replaces.

    A package that an enabled plugin or one of ``others`` needs too is loaded.
    """
    every = list(plugins)
    off = [plugin.record.packages for plugin in every if not plugin.enabled]
    on = [*(plugin.record.packages for plugin in every if plugin.enabled), *others]
    replaced = [plugin.record.replaces for plugin in every if plugin.enabled]

    def excluded(part: Callable[[Packages], Mapping[str, str | None]]) -> dict[str, str | None]:
        needed = {name for packages in on for name in part(packages)}
        names = {name for packages in off for name in part(packages)} - needed
        return dict.fromkeys(sorted(names | {name for packages in replaced for name in part(packages)}))

    return Packages.model_construct(frontend=excluded(_frontend), backend=excluded(_backend))


def _frontend(packages: Packages) -> Mapping[str, str | None]:
    return packages.frontend


def _backend(packages: Packages) -> Mapping[str, str | None]:
    return packages.backend


def _stack_plugin(
    record: PluginRecord,
    chosen: Mapping[str, Any],
    stack: StackSettings,
    source_values: Mapping[str, OptionValue],
    locations: Locations,
) -> StackPlugin:
    settings = stack.plugins.get(record.id, PluginSettings())
    _require_switches(record, settings, locations)
    in_portal, in_stack = _places(record.id, locations)
    key = f"plugins.{record.id}"
    layers = (Given(chosen, key, in_portal), Given(settings.options, key, in_stack))
    options = resolve_options(record.options, layers)
    if settings.enabled:
        example = f"- {record.id}: {{{{{{name}}: {{value}}}}}}"
        require_options(record.options, options, key, in_portal, example)
    return StackPlugin(record, settings.enabled, settings.connected, options, {**source_values, **options})


def _require_switches(record: PluginRecord, settings: PluginSettings, locations: Locations) -> None:
    if record.core and not settings.enabled:
        raise InputError(
            where=locations.stack(("plugins", record.id, "enabled")),
            key=f"portal:plugins.{record.id}.enabled",
            got="false",
            allowed="true, as this plugin is part of every portal",
            fix="remove the line",
        )
    if record.connection is None and not settings.connected:
        raise InputError(
            where=locations.stack(("plugins", record.id, "connected")),
            key=f"portal:plugins.{record.id}.connected",
            got="false",
            allowed="no such key, as this plugin needs no connection",
            fix="remove the line",
        )


def _places(plugin: str, locations: Locations) -> tuple[Callable[[str], str], Callable[[str], str]]:
    return (
        lambda option: locations.plugin(plugin, option),
        lambda option: locations.stack(("plugins", plugin, option)),
    )
