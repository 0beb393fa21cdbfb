"""The plugins of one stack: which run, with which options, and which wait for a connection."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from portal.base.errors import InputError, did_you_mean, quoted
from portal.models.portal_file import PortalFile
from portal.models.stack import PluginSettings, StackSettings
from portal.plugins.record import Account, Option, PluginRecord
from portal.plugins.template import OptionValue, fill
from portal.stack.sources import StackGithub


@dataclass(frozen=True)
class StackPlugin:
    """One plugin as a stack has it.

    ``connected`` is True for a plugin that needs no service. ``accounts`` are those of its record that people can link
    or sign in with. ``values`` fill the record's templates: the options, and the addresses of the stack's sources.
    """

    record: PluginRecord
    enabled: bool
    connected: bool
    options: Mapping[str, OptionValue]
    accounts: Mapping[str, Account]
    values: Mapping[str, OptionValue]

    @property
    def waits(self) -> bool:
        """Whether it is in the portal and its service is not linked."""
        return self.enabled and not self.connected

    @property
    def service(self) -> str | None:
        """The service that it shows something of, by its name for people; None for a plugin that needs none."""
        return self.record.connection.service if self.record.connection is not None else None

    @property
    def outbound_hosts(self) -> tuple[str, ...]:
        """The addresses that the portal's backend calls for it."""
        own = self.record.connection.hosts if self._is_linked and self.record.connection is not None else ()
        hosts = [*own, *(host for account in self.accounts.values() for host in account.hosts)]
        return tuple(fill(hosts, self.values))

    @property
    def browser_hosts(self) -> tuple[str, ...]:
        """The addresses that its frontend calls from the user's browser."""
        own = self.record.connection.browser_hosts if self._is_linked and self.record.connection is not None else ()
        return tuple(fill(list(own), self.values))

    @property
    def picture_hosts(self) -> tuple[str, ...]:
        """Where the pictures of the people come from who have an account."""
        return tuple(fill([host for account in self.accounts.values() for host in account.pictures], self.values))

    @property
    def _is_linked(self) -> bool:
        return self.enabled and self.connected


@dataclass(frozen=True)
class Locations:
    """Where errors point: the place of a plugin in ``portal.yaml``, and of a key in the stack's file."""

    portal: Callable[[str, str], str]
    stack: Callable[[tuple[str, ...]], str]


def stack_plugins(
    portal: PortalFile,
    records: Mapping[str, PluginRecord],
    settings: StackSettings,
    github: StackGithub,
    places: Locations,
) -> dict[str, StackPlugin]:
    """Every plugin of a release as a stack has it, options checked. Raises InputError for the first wrong one."""
    for plugin in settings.plugins:
        if plugin not in records:
            raise InputError(
                where=places.stack(("plugins", plugin)),
                key=f"portal:plugins.{plugin}",
                got="a plugin that this portal does not have",
                allowed=f"one of {', '.join(records)}",
                fix=f"{did_you_mean(plugin, records)}",
            )
    _require_known_accounts(records, settings, places)
    chosen = {choice.id: choice.options for choice in portal.plugins}
    return {
        plugin: _stack_plugin(record, chosen.get(plugin, {}), settings, github, places)
        for plugin, record in records.items()
    }


def known_accounts(records: Iterable[PluginRecord]) -> dict[str, Account]:
    """Every account of some records by its id."""
    return {name: account for record in records for name, account in record.accounts.items()}


def _require_known_accounts(records: Mapping[str, PluginRecord], settings: StackSettings, places: Locations) -> None:
    known = known_accounts(records.values())
    for account in settings.connect:
        if account not in known:
            raise InputError(
                where=places.stack(("connect",)),
                key="portal:connect",
                got=f'"{account}"',
                allowed=f"one of {', '.join(known)}",
                fix=did_you_mean(account, known),
            )


def _stack_plugin(
    record: PluginRecord, chosen: Mapping[str, Any], stack: StackSettings, github: StackGithub, places: Locations
) -> StackPlugin:
    settings = stack.plugins.get(record.id, PluginSettings())
    if record.core and not settings.enabled:
        raise InputError(
            where=places.stack(("plugins", record.id, "enabled")),
            key=f"portal:plugins.{record.id}.enabled",
            got="false",
            allowed="true, as the plugin is part of every portal",
            fix="remove the line",
        )
    if record.connection is None and not settings.connected:
        raise InputError(
            where=places.stack(("plugins", record.id, "connected")),
            key=f"portal:plugins.{record.id}.connected",
            got="false",
            allowed="no such key, as the plugin needs no connection",
            fix="remove the line",
        )
    options: dict[str, OptionValue] = {name: option.default for name, option in record.options.items()}
    for given, place in ((chosen, places.portal), (settings.options, _in_stack(places))):
        for name, value in given.items():
            options[name] = _option(record, name, value, place(record.id, name))
    for name, option in record.options.items():
        if option.required and options[name] is None and settings.enabled:
            raise InputError(
                where=places.portal(record.id, name),
                key=f"plugins.{record.id}.{name}",
                got="nothing",
                allowed=f"{_TYPE_WORDS[option.type]}: {_lower(option.description)} ({option.example})",
                fix=f"write `- {record.id}: {{{name}: {option.example}}}`",
            )
    accounts = {name: account for name, account in record.accounts.items() if name in stack.accounts}
    values = {**github.values, **options}
    return StackPlugin(record, settings.enabled, settings.connected, options, accounts, values)


def _in_stack(places: Locations) -> Callable[[str, str], str]:
    return lambda plugin, option: places.stack(("plugins", plugin, option))


_TYPE_WORDS = {
    "text": "text",
    "address": "an address with scheme and host",
    "boolean": "true or false",
    "integer": "a whole number",
}


def _option(record: PluginRecord, name: str, value: object, place: str) -> OptionValue:
    key = f"plugins.{record.id}.{name}"
    if name not in record.options:
        raise InputError(
            where=place,
            key=key,
            got="an unknown option",
            allowed=f"one of {', '.join(record.options)}" if record.options else "no options",
            fix=did_you_mean(name, record.options),
        )
    option = record.options[name]
    if not _fits(option, value):
        raise InputError(
            where=place,
            key=key,
            got=quoted(value),
            allowed=f"{_TYPE_WORDS[option.type]} ({option.example})",
            fix="correct the value",
        )
    return value  # pyright: ignore[reportReturnType] - _fits has looked at it


def _fits(option: Option, value: object) -> bool:
    match option.type:
        case "boolean":
            return isinstance(value, bool)
        case "integer":
            return isinstance(value, int) and not isinstance(value, bool)
        case "address":
            return isinstance(value, str) and _is_address(value)
        case "text":
            return isinstance(value, str) and value != ""


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and not text.endswith("/")


def _lower(sentence: str) -> str:
    return sentence[0].lower() + sentence[1:]
