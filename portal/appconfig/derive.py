"""Derive a stack's complete app-config. Pure, so it is known at preview."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from portal.appconfig.core import core_config
from portal.appconfig.merge import merge
from portal.base.json_types import is_list, is_mapping
from portal.base.yaml_text import yaml_text
from portal.contract import SECRETS_FOLDER
from portal.plugins.template import fill
from portal.stack.connections import open_connections
from portal.stack.plugins import StackPlugin
from portal.stack.resolve import ResolvedStack


@dataclass(frozen=True)
class AppConfig:
    """One stack's app-config. ``data`` has ``{$file: ...}`` for each secret, and ``secrets`` are their names.

    ``derived`` and ``derived_secrets`` are the same before ``appConfig`` of portal.yaml and of the stack are merged.
    Checks compare the two. Nothing is deployed from them.
    """

    data: Mapping[str, Any]
    secrets: frozenset[str]
    derived: Mapping[str, Any]
    derived_secrets: frozenset[str]

    @cached_property
    def text(self) -> str:
        """The file that the pod mounts: YAML, with keys in the order in which they were derived."""
        return yaml_text(self.data)

    @property
    def title(self) -> str:
        """The portal's name."""
        return str(self.data["app"].get("title", "Backstage"))


def derive_app_config(stack: ResolvedStack) -> AppConfig:
    """The app-config of a stack: what every portal has, then what records add, and last what people wrote."""
    derived = derived_config(stack)
    config = derived
    for written in (stack.release.portal.app_config, stack.settings.app_config):
        config = merge(config, written)
    secrets: set[str] = set()
    before: set[str] = set()
    data, data_before = _with_files(config, secrets), _with_files(derived, before)
    return AppConfig(data, frozenset(secrets), data_before, frozenset(before))


def derived_config(stack: ResolvedStack) -> dict[str, Any]:
    """What is derived, before ``appConfig`` of portal.yaml and of the stack are merged. Secrets are ``$secret``."""
    config = core_config(stack)
    for part in _parts(stack):
        config = merge(config, part)
    return config


def _parts(stack: ResolvedStack) -> Iterator[Mapping[str, Any]]:
    """Everything that is derived and merged over the core, in order."""
    sign_in_first = sorted(stack.providers.values(), key=lambda provider: not provider.signs_in)
    for provider in sign_in_first:
        yield provider.resolver_config
        yield provider.client_config
    for source in stack.sources.values():
        yield source.app_config
    for plugin in stack.plugins.values():
        yield _plugin_config(plugin)
        if stack.has_bucket and plugin.uses_bucket:
            yield plugin.record.bucket
    connections = open_connections(stack.plugins.values(), stack.release.sign_in, stack.name)
    if connections:
        yield _connections_config(connections)


def _plugin_config(plugin: StackPlugin) -> dict[str, Any]:
    record = plugin.record
    if not plugin.enabled:
        return dict(record.when_disabled)
    config: dict[str, Any] = fill(record.app_config, plugin.values)
    if plugin.linked is not None:
        config = merge(config, fill(plugin.linked.app_config, plugin.values))
    off = record.connection.extensions if plugin.not_connected and record.connection is not None else ()
    extensions: list[Any] = [
        *record.extensions,
        *({name: _shown_with(annotation)} for name, annotation in record.filters.items() if name not in off),
        *({extension: False} for extension in off),
    ]
    return merge(config, {"app": {"extensions": extensions}}) if extensions else config


def _shown_with(annotation: str) -> dict[str, Any]:
    """A part of entity pages that shows for entities with an annotation alone."""
    return {"config": {"filter": {f"metadata.annotations.{annotation}": {"$exists": True}}}}


def _connections_config(connections: list[dict[str, object]]) -> dict[str, Any]:
    switched_on = [{"page:connections": True}, {"entity-card:connections/waiting": True}]
    return {"portal": {"connections": connections}, "app": {"extensions": switched_on}}


def _with_files(value: Any, secrets: set[str]) -> Any:  # noqa: ANN401 - JSON in, JSON out
    """Replace every ``{$secret: NAME}`` with the file that holds it, and collect the names."""
    if is_mapping(value):
        if set(value) == {"$secret"}:
            secrets.add(str(value["$secret"]))
            return {"$file": f"{SECRETS_FOLDER}/{value['$secret']}"}
        return {key: _with_files(item, secrets) for key, item in value.items()}
    if is_list(value):
        return [_with_files(item, secrets) for item in value]
    return value
