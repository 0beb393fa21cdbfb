"""What a plugin's record says: packages, app-config, secrets, annotations, rights."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from portal.models.base import Model

AppConfig = dict[str, Any]
"""A template of app-config: ``{option}`` in a text stands for an option's value (the whole text: with its type) or for
an address of the stack's GitHub (``portal.stack.sources.SOURCE_VALUES``),
``{$secret: NAME}`` for the file that holds a secret."""


class Option(Model):
    """A choice that the people of a portal make for a plugin.

    Absent and not required: the template's key is left out.
    """

    description: str
    type: Literal["text", "address", "boolean", "integer"] = "text"
    required: bool = False
    default: str | bool | int | None = None
    example: str


class SecretRecord(Model):
    """A value that must not be seen: mounted as a file, never in app-config."""

    description: str
    obtain: str
    format: str = "{value}"


class Packages(Model):
    """npm packages by the part of the app that imports them.

    A version stands here where Backstage's release has none.
    """

    frontend: dict[str, str | None] = {}
    backend: dict[str, str | None] = {}


class RbacRule(Model):
    """One rule of a Kubernetes role."""

    api_groups: tuple[str, ...]
    resources: tuple[str, ...]
    verbs: tuple[str, ...]


class KubernetesNeeds(Model):
    """What the plugin needs in the cluster that the portal runs in. Any rule here mounts a token into the pod."""

    cluster_role: tuple[RbacRule, ...] = ()


class Connection(Model):
    """What links the plugin to a service out there. Absent: it needs none.

    ``hosts`` are what the pod calls, ``browser_hosts`` what the user's browser calls (they go into the CSP).
    ``extensions`` are the parts of its frontend that would look broken unconnected; a stack that leaves the plugin
    unconnected switches them off and says so on one card.
    """

    service: str
    summary: str
    accounts: tuple[str, ...] = ()
    secrets: dict[str, SecretRecord] = {}
    app_config: AppConfig = {}
    hosts: tuple[str, ...] = ()
    browser_hosts: tuple[str, ...] = ()
    extensions: tuple[str, ...] = ()


class Account(Model):
    """An account elsewhere that a person at the portal can link to theirs, by OAuth.

    ``hosts`` are those that the portal's backend exchanges codes with, ``pictures`` those of people's pictures.
    """

    service: str
    secrets: dict[str, SecretRecord]
    app_config: AppConfig
    hosts: tuple[str, ...]
    pictures: tuple[str, ...] = ()


class PluginRecord(Model):
    """One entry of the catalogue.

    ``core`` plugins are part of every portal. ``databases`` are the ids of backend plugins that keep tables: each has a
    schema and a connection pool. ``inert`` is what the frontend's config schema insists on even where a stack excludes
    the plugin; nothing reads it.
    """

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]
    title: str
    summary: str
    homepage: str
    core: bool = False
    packages: Packages
    requires: tuple[str, ...] = ()
    options: dict[str, Option] = {}
    app_config: AppConfig = {}
    extensions: tuple[Any, ...] = ()
    databases: tuple[str, ...] = ()
    connection: Connection | None = None
    accounts: dict[str, Account] = {}
    inert: AppConfig = {}
    annotations: dict[str, str] = {}
    kubernetes: KubernetesNeeds = KubernetesNeeds()
