"""What to do to connect a plugin that waits: the steps that the portal, ``portal status`` and the docs show."""

from __future__ import annotations

from collections.abc import Mapping

from portal.appconfig.plugins import StackPlugin
from portal.catalogue.record import PluginRecord
from portal.errors import PortalError


def connection_steps(record: PluginRecord, stack: str) -> list[str]:
    """The steps in order, as sentences. For a record with a connection only."""
    connection = record.connection
    if connection is None:
        raise PortalError(f"{record.id} needs no connection")
    steps = [
        f"Link accounts: write `portal:connect: [{account}]` in stacks/Pulumi.{stack}.yaml."
        for account in connection.accounts
    ]
    for name, secret in connection.secrets.items():
        steps.append(f"Get {_lower(secret.description)} ({secret.obtain}).")
        steps.append(f"Store it: {secret_command(name, stack)}")
    steps.append(f"Remove `{record.id}: {{connected: false}}` from portal:plugins in stacks/Pulumi.{stack}.yaml.")
    steps.extend(
        f"Annotate components with {annotation}: {_lower(meaning)}."
        for annotation, meaning in record.annotations.items()
    )
    return steps


def secret_command(name: str, stack: str) -> str:
    """The line to type that stores a secret; the value is asked for, so that it stays out of the shell's history."""
    return f"`portal secrets set {name} --stack {stack}`"


def waiting_connections(plugins: Mapping[str, StackPlugin], stack: str) -> list[dict[str, object]]:
    """What app-config tells the frontend about the plugins that wait, by id."""
    return [
        {
            "plugin": plugin.record.id,
            "service": plugin.record.connection.service,
            "summary": plugin.record.connection.summary,
            "steps": connection_steps(plugin.record, stack),
        }
        for plugin in plugins.values()
        if plugin.waits and plugin.record.connection is not None
    ]


def _lower(sentence: str) -> str:
    return sentence[0].lower() + sentence[1:]
