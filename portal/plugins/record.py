"""What the entries of the plugin library say: plugins, sign-in providers and sources, each one file of data."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from portal.models.base import Model

AppConfig = dict[str, Any]
"""A template of app-config: ``{option}`` in a text stands for an option's value (the whole text: with its type),
``{source.value}`` for a value of a source (:attr:`SourceHost.values`), ``{$secret: NAME}`` for a secret's file."""

Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]


class Option(Model):
    """A choice that a team makes. Without a value and not required: the template's key is left out.

    ``text`` is any text, ``address`` has scheme and host, ``host`` is a host's name alone.
    """

    description: str
    type: Literal["text", "address", "host", "boolean", "integer"] = "text"
    required: bool = False
    default: str | bool | int | None = None
    example: str


class SecretRecord(Model):
    """A value that must not be seen: mounted as a file, never in app-config. ``format`` is what the file holds."""

    description: str
    obtain: str
    format: str = "{value}"


class Packages(Model):
    """npm packages by the part of the app that imports them.

    A version stands here where Backstage's release has none.
    """

    frontend: dict[str, str | None] = {}
    backend: dict[str, str | None] = {}


class Record(Model):
    """What every entry has. ``core`` entries are part of every portal."""

    id: Identifier
    title: str
    summary: str
    homepage: str
    core: bool = False
    packages: Packages = Packages()
    options: dict[str, Option] = {}


class RbacRule(Model):
    """One rule of a Kubernetes role."""

    api_groups: tuple[str, ...]
    resources: tuple[str, ...]
    verbs: tuple[str, ...]


class KubernetesNeeds(Model):
    """What the plugin needs in the cluster that the portal runs in. Any rule here mounts a token into the pod."""

    cluster_role: tuple[RbacRule, ...] = ()


class Connection(Model):
    """What links the plugin to a service. A plugin without one needs none.

    ``hosts`` are what the pod calls, ``browser_hosts`` what the user's browser calls (they go into the CSP).
    ``extensions`` are the parts of its frontend that would look broken without a connection; a stack that leaves the
    plugin not connected switches them off and says so on one card. ``accounts`` are sign-in providers whose accounts
    people link, as the plugin shows what a person's own account may see.
    """

    service: str
    summary: str
    secrets: dict[str, SecretRecord] = {}
    accounts: tuple[str, ...] = ()
    app_config: AppConfig = {}
    hosts: tuple[str, ...] = ()
    browser_hosts: tuple[str, ...] = ()
    extensions: tuple[str, ...] = ()


class PluginRecord(Record):
    """A plugin.

    ``databases`` are the ids of backend plugins that keep tables: each has a schema and a connection pool. ``hosts``
    are what the pod calls wherever the plugin runs, with or without a connection. ``when_disabled`` is what the
    frontend's config schema insists on even where a stack excludes the plugin; nothing reads it. ``replaces`` are
    packages of other plugins that are not loaded where this one runs; ``conflicts`` are plugins that cannot run beside
    it.
    """

    requires: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()
    replaces: Packages = Packages()
    app_config: AppConfig = {}
    extensions: tuple[Any, ...] = ()
    databases: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    connection: Connection | None = None
    when_disabled: AppConfig = {}
    annotations: dict[str, str] = {}
    kubernetes: KubernetesNeeds = KubernetesNeeds()


class SignInRecord(Record):
    """A sign-in provider: who may enter, and, where ``links`` is set, whose accounts people can link.

    ``app_config`` is what both need (the OAuth client); ``resolver`` is how an account becomes a User of the catalog,
    for signing in alone. ``anyone``: it asks nobody who they are, so it is for loopback portals only. ``api`` is the id
    of Backstage's own API ref for it; without one the app makes an OAuth API with ``scopes``. ``source`` is the source
    whose host its accounts are at. ``hosts`` are what the pod calls, ``pictures`` where people's pictures come from.
    """

    anyone: bool = False
    links: bool = False
    secrets: dict[str, SecretRecord] = {}
    app_config: AppConfig = {}
    resolver: str | None = None
    hosts: tuple[str, ...] = ()
    pictures: tuple[str, ...] = ()
    api: str | None = None
    scopes: tuple[str, ...] = ()
    source: str | None = None


class SourceHost(Model):
    """What holds at one host of a source, or at all others.

    ``values`` are worked out in their order; each is a template of options, of values before it, and of ``{scheme}``,
    which is that of ``apiUrl``. Of several templates the first counts whose options have values. ``refuses`` are
    options that mean nothing there. ``app_config`` is added to the entry of Backstage's ``integrations``; ``hosts`` are
    what the pod calls.
    """

    values: dict[str, str | tuple[str, ...]]
    refuses: tuple[str, ...] = ()
    app_config: AppConfig = {}
    hosts: tuple[str, ...]


class Credential(Model):
    """One way in which the portal reads at a source. ``app_config`` is added to the entry of ``integrations``."""

    description: str
    secrets: dict[str, SecretRecord] = {}
    app_config: AppConfig = {}


class Accounts(Model):
    """People's own accounts at a source.

    ``provider`` is the sign-in provider that links them, ``api`` the id of the API ref that has their tokens, and
    ``scm_auth`` the maker of ``ScmAuth`` (@backstage/integration-react) that knows which scopes such a host needs.
    """

    provider: str
    api: str
    scm_auth: str


class SourceRecord(Record):
    """A kind of host that the portal reads repositories from.

    ``public`` holds at ``public_host``, ``own_server`` at any other. ``suggested`` is the credential to write where a
    stack has to choose one. ``integration`` is the key of Backstage's ``integrations``
    (https://backstage.io/docs/integrations).
    """

    integration: str
    public_host: str
    public: SourceHost
    own_server: SourceHost
    credentials: dict[str, Credential]
    suggested: str
    accounts: Accounts | None = None
