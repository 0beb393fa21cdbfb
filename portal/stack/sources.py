"""The sources of one stack: the hosts that the portal reads repositories from, and with which credential."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from portal.base.address import read_address
from portal.base.errors import InputError, SituationError, did_you_mean, one_of
from portal.models.portal_file import PortalFile
from portal.models.stack import SourceSettings, StackSettings
from portal.plugins.record import Credential, SourceHost, SourceRecord
from portal.plugins.template import OptionValue, fill, placeholders
from portal.stack.locations import Locations
from portal.stack.options import Given, resolve_options


@dataclass(frozen=True)
class StackSource:
    """One source of a stack.

    ``declared`` is False if ``portal.yaml`` does not name the source. Then the portal reads nothing there, and the
    values are those of the public host, for people's accounts. ``credential`` is None if the stack does not choose one.
    """

    record: SourceRecord
    declared: bool
    credential: str | None
    options: Mapping[str, OptionValue]

    @property
    def host(self) -> str:
        """The host in its repositories' addresses."""
        return str(self.options.get("host") or self.record.public_host)

    @property
    def here(self) -> SourceHost:
        """What the record says about that host."""
        if self.host == self.record.public_host:
            return self.record.public
        clouds = (place for ending, place in self.record.clouds.items() if self.host.endswith(ending))
        return next(clouds, self.record.own_server or self.record.public)

    @property
    def values(self) -> dict[str, OptionValue]:
        """The options, and every value of the record. Values that this host does not have are None."""
        every = dict.fromkeys(self.record.value_names)
        found: dict[str, OptionValue] = {**every, **self.options, "scheme": None}
        for name, templates in self.here.values.items():
            choices = (templates,) if isinstance(templates, str) else templates
            found[name] = next(fill(one, found) for one in choices if _has_values(one, found))
            found["scheme"] = read_address(str(found["apiUrl"])).scheme if found.get("apiUrl") is not None else None
        return found

    @property
    def secrets(self) -> Mapping[str, Any]:
        """The secrets of the credential that the portal reads with."""
        return self._credential.secrets if self._credential is not None else {}

    @property
    def outbound_hosts(self) -> tuple[str, ...]:
        """The addresses that the portal's backend calls to read repositories."""
        return tuple(fill(list(self.here.hosts), self.values)) if self.declared else ()

    @property
    def app_config(self) -> dict[str, Any]:
        """The source's entry in Backstage's ``integrations``."""
        if not self.declared:
            return {}
        values = self.values
        named = {"host": self.host} if "host" in self.record.options else {}
        entry: dict[str, Any] = {**named, **fill(self.here.app_config, values)}
        if self._credential is not None:
            entry |= fill(self._credential.app_config, values)
        return {"integrations": {self.record.integration: [entry]}}

    @property
    def _credential(self) -> Credential | None:
        return self.record.credentials[self.credential] if self.credential is not None else None


def stack_sources(
    portal: PortalFile, records: Mapping[str, SourceRecord], settings: StackSettings, locations: Locations
) -> dict[str, StackSource]:
    """Every source of a release, with the stack's settings. InputError for unknown or wrong settings."""
    declared = {choice.id: choice.options for choice in portal.sources}
    for name in settings.sources:
        if name not in declared:
            raise InputError(
                where=locations.stack(("sources", name)),
                key=f"portal:sources.{name}",
                got="a source that portal.yaml does not have",
                allowed=one_of(declared) if declared else "nothing, as portal.yaml has no sources",
                fix=f"write `sources: [{name}]` in portal.yaml" if name in records else did_you_mean(name, declared),
            )
    return {
        name: _stack_source(record, declared.get(name), settings.sources.get(name, SourceSettings()), locations)
        for name, record in records.items()
    }


def _stack_source(
    record: SourceRecord, chosen: Mapping[str, Any] | None, settings: SourceSettings, locations: Locations
) -> StackSource:
    in_portal = _portal_place(record.id, locations)
    in_stack = _stack_place(record.id, locations)
    portal_key, stack_key = locations.source_key(record.id), f"portal:sources.{record.id}"
    layers = (Given(chosen or {}, portal_key, in_portal), Given(settings.options, stack_key, in_stack))
    options = resolve_options(record.options, layers)
    credential = settings.credential
    if credential is not None and credential not in record.credentials:
        raise InputError(
            where=in_stack("credential"),
            key=f"{stack_key}.credential",
            got="another word, which is not shown, as it may be a secret",
            allowed=one_of(record.credentials),
            fix=did_you_mean(credential, record.credentials),
        )
    source = StackSource(record, chosen is not None, credential, options)
    for name in source.here.refuses:
        if options[name] is not None:
            written_here = name in settings.options
            raise SituationError(
                f"{stack_key if written_here else portal_key}.{name} is only for a host other than {source.host}",
                f"add `host:`, or remove {name}",
                where=(in_stack if written_here else in_portal)(name),
            )
    return source


def _portal_place(source: str, locations: Locations) -> Callable[[str], str]:
    return lambda option: locations.source(source, option)


def _stack_place(source: str, locations: Locations) -> Callable[[str], str]:
    return lambda option: locations.stack(("sources", source, option))


def _has_values(template: str, values: Mapping[str, OptionValue]) -> bool:
    return all(values[name] is not None for name in placeholders(template))
