"""Derive a stack's app-config: pure, whole, known at preview."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from portal.appconfig.core import core_config
from portal.appconfig.merge import merge
from portal.base.json_types import is_list, is_mapping
from portal.base.yaml_text import yaml_text
from portal.models.stack import StackSettings
from portal.plugins.template import fill
from portal.release.release import Release
from portal.stack.connections import waiting_connections
from portal.stack.plugins import Locations, StackPlugin, stack_plugins
from portal.stack.sources import StackGithub, stack_github

SECRETS_FOLDER = "/etc/portal/secrets"

# What only a deployment knows reaches the pod as plain environment under these names.
DATABASE_ENVIRONMENT = ("PORTAL_DB_HOST", "PORTAL_DB_PORT", "PORTAL_DB_USER", "PORTAL_DB_NAME")


@dataclass(frozen=True)
class AppConfig:
    """One stack's app-config.

    ``data`` has ``{$file: ...}`` for secrets; ``secrets`` are their names; ``plugins`` and ``github`` the stack's.
    """

    data: Mapping[str, Any]
    secrets: frozenset[str]
    plugins: Mapping[str, StackPlugin]
    github: StackGithub

    @property
    def text(self) -> str:
        """The file as the pod gets it: YAML, keys in the order they were derived."""
        return yaml_text(self.data)

    @property
    def title(self) -> str:
        """The portal's name for people."""
        return str(self.data["app"].get("title", "Backstage"))

    @property
    def waiting(self) -> tuple[str, ...]:
        """Services whose plugins are there and wait for an account."""
        return tuple(service for plugin in self.plugins.values() if plugin.waits and (service := plugin.service))

    @property
    def connected(self) -> tuple[str, ...]:
        """Services whose plugins have theirs."""
        plugins = [plugin for plugin in self.plugins.values() if plugin.enabled and plugin.connected]
        return tuple(service for plugin in plugins if (service := plugin.service))


def derive_app_config(release: Release, settings: StackSettings, stack: str, places: Locations) -> AppConfig:
    """The app-config of a stack. Raises InputError for options that do not fit; everything else is for the checks."""
    github = stack_github(release.portal, settings, places.stack)
    plugins = stack_plugins(release.portal, release.plugins, settings, github, places)
    config = merge(core_config(release.portal, settings, plugins), github.app_config)
    for plugin in plugins.values():
        config = merge(config, _plugin_config(plugin))
    waiting = waiting_connections(plugins, stack)
    if waiting:
        config = merge(config, _waiting_config(waiting))
    config = merge(merge(config, release.portal.app_config), settings.app_config)
    secrets: set[str] = set()
    return AppConfig(_with_files(config, secrets), frozenset(secrets), plugins, github)


def _plugin_config(plugin: StackPlugin) -> dict[str, Any]:
    record = plugin.record
    if not plugin.enabled:
        return dict(record.inert)
    config: dict[str, Any] = fill(record.app_config, plugin.values)
    for account in plugin.accounts.values():
        config = merge(config, fill(account.app_config, plugin.values))
    extensions: list[Any] = list(record.extensions)
    if record.connection is not None and plugin.connected:
        config = merge(config, fill(record.connection.app_config, plugin.values))
    elif record.connection is not None:
        extensions.extend({extension: False} for extension in record.connection.extensions)
    return merge(config, {"app": {"extensions": extensions}}) if extensions else config


def _waiting_config(waiting: list[dict[str, object]]) -> dict[str, Any]:
    switched_on = [{"page:connections": True}, {"entity-card:connections/waiting": True}]
    return {"portal": {"connections": waiting}, "app": {"extensions": switched_on}}


def _with_files(value: Any, secrets: set[str]) -> Any:  # noqa: ANN401 - JSON in, JSON out
    """Replace every ``{$secret: NAME}`` by the file that holds it, collecting the names."""
    if is_mapping(value):
        if set(value) == {"$secret"}:
            secrets.add(str(value["$secret"]))
            return {"$file": f"{SECRETS_FOLDER}/{value['$secret']}"}
        return {key: _with_files(item, secrets) for key, item in value.items()}
    if is_list(value):
        return [_with_files(item, secrets) for item in value]
    return value
