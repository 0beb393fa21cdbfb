"""The models of the plugin library's records: plugins, sign-in providers and sources. Each is one file of data."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from portal.models.base import Model
from portal.models.scalars import SecretName
from portal.plugins.rights import AwsStatement, KubernetesNeeds, PermissionGrants

AppConfig = dict[str, Any]
"""A template of app-config. ``{option}`` in a text stands for an option's value (and keeps its type if it is the whole
text), ``{source.value}`` for a value of a source (:attr:`SourceHost.values`), ``{$secret: NAME}`` for a secret's
file."""

Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]

Category = Literal[
    "core",
    "catalog",
    "source control",
    "scaffolder",
    "CI/CD",
    "Kubernetes",
    "observability",
    "quality",
    "artifacts",
    "security",
    "knowledge",
    "notifications",
    "governance",
    "other",
]
"""What a plugin is about, in the order of lists. ``other`` is for packages that the library has no record of."""


class Option(Model):
    """A setting that people choose. If it has no value and is not required, the template's key is left out.

    ``text`` is one line of text, ``slug`` a name as it is in addresses, ``address`` has scheme and host, ``host`` is a
    host name alone. ``names`` are names of objects in Kubernetes, ``domains`` are those of email addresses, ``group``
    is the reference of a Group in the catalog (`group:default/platform`).
    """

    description: str
    type: Literal["text", "slug", "address", "host", "boolean", "integer", "names", "domains", "group"] = "text"
    required: bool = False
    default: str | bool | int | None = None
    example: str


class SecretRecord(Model):
    """A secret value. It is mounted as a file and never in app-config. ``format`` is what the file contains.

    ``shape`` is what the value looks like, so that `portal secrets set` refuses what cannot be right: ``line`` is one
    line without blanks around it (a token, an ID), ``number`` digits only, ``private-key`` a key in PEM, ``text``
    anything.
    """

    description: str
    obtain: str
    format: str = "{value}"
    shape: Literal["text", "line", "number", "private-key"] = "text"


class Packages(Model):
    """npm packages by the part of the app that imports them, with their versions.

    ``null`` is the version in the Backstage release's manifest. Packages that are not in it need an exact version here.
    """

    frontend: dict[str, str | None] = {}
    backend: dict[str, str | None] = {}


class Record(Model):
    """What every record has. ``core`` records are part of every portal."""

    id: Identifier
    title: str
    summary: str
    homepage: str
    core: bool = False
    packages: Packages = Packages()
    options: dict[str, Option] = {}


class Connection(Model):
    """What connects the plugin to a service. A plugin without a connection needs no service.

    The pod calls ``hosts``; the user's browser calls ``browser_hosts``, which go into the CSP. ``extensions`` are the
    parts of the frontend that would look broken without a connection. If the plugin is not connected, the stack
    switches them off and shows one card that says so. ``accounts`` are the sign-in providers whose accounts people
    link, for a plugin that shows what a person's own account may see.
    """

    service: str
    summary: str
    secrets: dict[SecretName, SecretRecord] = {}
    accounts: tuple[str, ...] = ()
    app_config: AppConfig = {}
    hosts: tuple[str, ...] = ()
    browser_hosts: tuple[str, ...] = ()
    extensions: tuple[str, ...] = ()


class SourceNeed(Model):
    """What a plugin needs of a source that ``portal.yaml`` names.

    ``options`` are options of the source that need a value. ``login`` says that its host answers the plugin only if
    the portal logs in there.
    """

    options: tuple[str, ...] = ()
    login: bool = False


class PluginRecord(Record):
    """A plugin.

    ``sources`` are those that ``portal.yaml`` has to name for it. ``gives_users`` marks a plugin that brings Users into
    the catalog. ``filters`` are parts of entity pages that would show for every entity, each with the annotation that
    an entity needs to show it.
    ``databases`` are the ids of its backend plugins: each has a schema and a connection pool, with tables of its own or
    with its keys alone. The pod calls ``hosts`` whether or not the plugin is connected. ``when_disabled`` is app-config
    that the frontend's config schema requires even if a stack excludes the plugin; nothing reads it. ``replaces`` are
    packages of other plugins that are not loaded if this plugin runs; ``conflicts`` are plugins that cannot run in the
    same portal. ``bucket`` is app-config for a stack that has a bucket for the plugin's files; its name and region are
    ``${PORTAL_BUCKET}`` and ``${AWS_REGION}``. ``aws`` is what the pods may do in AWS if the plugin runs there.
    """

    category: Category = "other"
    requires: tuple[str, ...] = ()
    sources: dict[Identifier, SourceNeed] = {}
    conflicts: tuple[str, ...] = ()
    replaces: Packages = Packages()
    gives_users: bool = False
    app_config: AppConfig = {}
    extensions: tuple[Any, ...] = ()
    filters: dict[str, str] = {}
    databases: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    connection: Connection | None = None
    when_disabled: AppConfig = {}
    annotations: dict[str, str] = {}
    kubernetes: KubernetesNeeds = KubernetesNeeds()
    bucket: AppConfig = {}
    aws: tuple[AwsStatement, ...] = ()
    permissions: PermissionGrants = PermissionGrants()


class SignInRecord(Record):
    """A sign-in provider. If ``links`` is set, people can also link its accounts after signing in.

    ``app_config`` is needed for both (the OAuth client). ``resolver`` finds the User in the catalog that an account
    belongs to, with ``resolver_options``, and is for signing in only. ``resolvers`` are all that the package's code has
    and that can find somebody, each with what of a User it compares: ``name``, ``email`` (`spec.profile.email`), or the
    key of an annotation. Empty, they are not known. ``open_to_anyone`` are values of keys in ``app_config`` with which
    accounts of any organization are taken. ``anyone`` marks a provider that asks nobody who they are; it is for private
    portals only. ``api`` is the id of Backstage's API ref for the provider; without one, the app makes an OAuth API
    with ``scopes``. ``source`` is the source whose host has the accounts. The pod calls ``hosts``; people's pictures
    come from ``pictures``.

    ``load_balancer`` marks a provider that takes the word of the stack's load balancer for who somebody is. Then texts
    may use ``{issuer}``, whom it signs people in with, and ``{region}``, where it is; app-config has its ARN as
    ``${PORTAL_ALB_ARN}``.

    ``signs_in_at`` marks a provider that takes the word of a proxy which signs it, for this portal alone: whoever
    reaches a pod by another way is nobody. It is the address that the proxy sends whoever has not signed in to; without
    a path, any address there.
    """

    id: Annotated[str, Field(pattern=r"^[a-z][A-Za-z0-9-]*$")]
    anyone: bool = False
    load_balancer: bool = False
    links: bool = False
    secrets: dict[SecretName, SecretRecord] = {}
    app_config: AppConfig = {}
    resolver: str | None = None
    resolver_options: AppConfig = {}
    resolvers: dict[str, str] = {}
    open_to_anyone: dict[str, tuple[str, ...]] = {}
    hosts: tuple[str, ...] = ()
    pictures: tuple[str, ...] = ()
    api: str | None = None
    scopes: tuple[str, ...] = ()
    source: str | None = None
    signs_in_at: str | None = None

    @property
    def proxied(self) -> bool:
        """Whether what is in front of the portal signs people in. Backstage reads such keys without an environment."""
        return self.load_balancer or self.signs_in_at is not None


class SourceHost(Model):
    """What applies to one host of a source, or to all others.

    ``values`` are worked out in order. Each is a template of options, of earlier values, and of ``{scheme}``, which is
    the scheme of ``apiUrl``. Of several templates, the first one counts whose options all have values. ``refuses`` are
    options that have no meaning there. ``app_config`` is added to the entry in Backstage's ``integrations``. The pod
    calls ``hosts``.
    """

    values: dict[str, str | tuple[str, ...]]
    refuses: tuple[str, ...] = ()
    app_config: AppConfig = {}
    hosts: tuple[str, ...]


class Credential(Model):
    """One credential for reading from a source. ``app_config`` is added to the entry in ``integrations``."""

    description: str
    secrets: dict[SecretName, SecretRecord] = {}
    app_config: AppConfig = {}


class Accounts(Model):
    """People's own accounts at a source.

    ``provider`` is the sign-in provider that links them. ``api`` is the id of the API ref that has their tokens.
    ``scm_auth`` is the method of ``ScmAuth`` (@backstage/integration-react) that knows which scopes such a host needs.
    """

    provider: str
    api: str
    scm_auth: str


class SourceRecord(Record):
    """A kind of host that the portal reads repositories from.

    ``public`` applies to ``public_host``, ``clouds`` to hosts whose names end in one of its keys, and ``own_server`` to
    any other host; without it, there is no other host. ``suggested`` is the credential that an error proposes if a
    stack has to choose one. ``integration`` is the key in Backstage's ``integrations``
    (https://backstage.io/docs/integrations).
    """

    integration: str
    public_host: str
    public: SourceHost
    clouds: dict[str, SourceHost] = {}
    own_server: SourceHost | None = None
    credentials: dict[str, Credential]
    suggested: str
    accounts: Accounts | None = None

    @property
    def value_names(self) -> tuple[str, ...]:
        """The values of the source besides its options, wherever its host is. Some hosts do not have all of them."""
        return tuple(dict.fromkeys(name for place in self.places for name in place.values))

    @property
    def places(self) -> tuple[SourceHost, ...]:
        """What applies to every kind of host that the source has."""
        own = () if self.own_server is None else (self.own_server,)
        return (self.public, *self.clouds.values(), *own)
