"""How to connect a plugin: the steps that the portal, ``portal status`` and the docs show."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from portal.base.errors import PortalError
from portal.plugins.record import PluginRecord, SecretRecord, SignInRecord
from portal.stack.plugins import StackPlugin


def connection_steps(record: PluginRecord, providers: Mapping[str, SignInRecord], stack: str) -> list[str]:
    """The steps in order, as sentences. Only for a record with a connection. ``providers`` are those in the image."""
    connection = record.connection
    if connection is None:
        raise PortalError(f"{record.id} needs no connection")
    steps: list[str] = []
    for account in connection.accounts:
        steps.append(f"Let people link their accounts: `portal:connect: [{account}]` in stacks/Pulumi.{stack}.yaml.")
        steps.extend(_secret_steps(providers[account].secrets, stack))
    steps.extend(_secret_steps(connection.secrets, stack))
    steps.append(f"Remove `{record.id}: {{connected: false}}` from portal:plugins in stacks/Pulumi.{stack}.yaml.")
    steps.extend(
        f"Annotate components with {annotation}: {_lower(meaning)}."
        for annotation, meaning in record.annotations.items()
    )
    return steps


def _secret_steps(secrets: Mapping[str, SecretRecord], stack: str) -> Iterator[str]:
    for name, secret in secrets.items():
        yield f"Get {_lower(secret.description)} ({secret.obtain})."
        yield f"Store it: {secret_command(name, stack)}"


def secret_command(name: str, stack: str) -> str:
    """The command that stores a secret. It asks for the value, so the value stays out of the shell's history."""
    return f"`portal secrets set {name} --stack {stack}`"


def open_connections(
    plugins: Iterable[StackPlugin], providers: Mapping[str, SignInRecord], stack: str
) -> list[dict[str, object]]:
    """What app-config tells the frontend about the plugins that are not connected."""
    return [
        {
            "plugin": plugin.record.id,
            "service": plugin.record.connection.service,
            "summary": plugin.record.connection.summary,
            "steps": connection_steps(plugin.record, providers, stack),
        }
        for plugin in plugins
        if plugin.not_connected and plugin.record.connection is not None
    ]


def _lower(sentence: str) -> str:
    return sentence[0].lower() + sentence[1:]
