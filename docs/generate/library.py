"""The reference pages of the plugin library: plugins, sign-in providers and sources, from their records."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import get_args

from docs.generate.settings import cell
from portal.plugins.load import load_plugins, load_sign_in, load_sources
from portal.plugins.record import (
    Category,
    Option,
    PluginRecord,
    Record,
    SecretRecord,
    SignInRecord,
    SourceRecord,
)
from portal.stack.sources import StackSource

BRACES = (
    "In an address, `{name}` stands for the value of the option `name`, and `{github.url}` for the value `url` of the "
    "source `github`."
)


def plugins() -> Iterator[str]:
    """The page of plugins."""
    yield "The plugins that `portal.yaml` can name under `plugins`. `portal plugins NAME` shows the same on a terminal."
    yield f"Each plugin is one file in `portal/plugins/records/`. {BRACES}"
    yield ""
    yield from ("| category | optional plugins |", "|---|---|")
    for category in get_args(Category):
        about = [one for one in load_plugins().values() if one.category == category and not one.core]
        names = [f"[{one.id}](#{one.id})" for one in about]
        if names:
            yield f"| {category} | {', '.join(names)} |"
    yield ""
    for core in (False, True):
        yield "## Core plugins, part of every portal" if core else "## Optional plugins"
        yield ""
        for record in load_plugins().values():
            if record.core == core:
                yield from _plugin(record)


def sign_in() -> Iterator[str]:
    """The page of sign-in providers."""
    yield "The providers that a stack can name in `portal:signIn: {provider: ...}`. Write options next to `provider`."
    yield "[Choose how people sign in](../how-to/sign-in.md) has the steps. Each provider is one file in"
    yield f"`portal/plugins/signin/`. {BRACES}"
    yield ""
    for record in load_sign_in().values():
        yield from _provider(record)


def sources() -> Iterator[str]:
    """The page of sources."""
    yield "The sources that `portal.yaml` can name under `sources`: hosts that the portal reads repositories from."
    yield "A stack chooses how the portal logs in to a source with `portal:sources: {NAME: {credential: ...}}`."
    yield "Each source is one file in `portal/plugins/sources/`."
    yield ""
    for record in load_sources().values():
        yield from _source(record)


def _plugin(record: PluginRecord) -> Iterator[str]:
    yield from _head(record, "###")
    yield f"Category: {record.category}."
    yield ""
    yield from _options(record.options)
    yield from _listed("Reads from sources of `portal.yaml`: {}.", record.sources)
    for name, need in record.sources.items():
        yield from _listed(f"The source `{name}` needs: {{}}.", need.options)
        if need.login:
            yield f"A stack has to choose a login: `portal:sources: {{{name}: {{credential: ...}}}}`."
            yield ""
    if record.gives_users:
        yield "Brings Users and Groups into the catalog, so that people can sign in."
        yield ""
    if record.connection is not None:
        yield f"Connects to {record.connection.service}: {record.connection.summary}."
        yield ""
        for account in record.connection.accounts:
            yield f"Works with a person's own account: `portal:connect: [{account}]`."
            yield ""
        yield from _secrets(record.connection.secrets)
    if record.annotations:
        yield from ("| annotation of an entity | meaning |", "|---|---|")
        yield from (f"| `{name}` | {cell(meaning)} |" for name, meaning in record.annotations.items())
        yield ""
    for names, sentence in (
        (record.requires, "Requires: {}."),
        (record.conflicts, "Conflicts with: {}."),
        ([*record.replaces.frontend, *record.replaces.backend], "Replaces the packages: {}."),
        (record.hosts, "The pod calls: {}."),
        (record.connection.hosts if record.connection is not None else (), "Once connected, the pod calls: {}."),
        (
            record.connection.browser_hosts if record.connection is not None else (),
            "Once connected, the browser calls: {}.",
        ),
    ):
        yield from _listed(sentence, names)
    yield from _packages(record)
    if record.kubernetes.rules:
        rights = "; ".join(
            f"{', '.join(rule.verbs)} {', '.join(rule.resources)}"
            + (f" (with `{rule.when.strip('{}')}`)" if rule.when is not None else "")
            for rule in record.kubernetes.rules
        )
        yield f"Permissions in the cluster: {rights}."
        yield ""
    yield from _listed("Everyone who is signed in may: {}.", record.permissions.everyone)
    yield from _listed("Only administrators may: {}.", record.permissions.administrators)
    for one in record.permissions.owners:
        yield from _listed(f"Owners of a {one.resource_type.replace('-', ' ')} may: {{}}.", one.permissions)


def _provider(record: SignInRecord) -> Iterator[str]:
    yield from _head(record, "##")
    if record.core:
        yield "In every image."
    else:
        yield f"In the image if `portal.yaml` says `signIn: [{record.id}]`, or if a source or a plugin needs it."
    yield ""
    yield from _options(record.options)
    yield from _resolvers(record)
    yield from _secrets(record.secrets)
    if record.load_balancer:
        yield "The load balancer signs people in: `portal:loadBalancer.signIn`. `{region}` is that of `portal:aws`."
        yield ""
    if record.signs_in_at is not None:
        yield f"A proxy in front of the portal signs people in, and sends them to `{record.signs_in_at}` for it."
        yield ""
    if record.links:
        yield f"People can link their account: `portal:connect: [{record.id}]`."
        yield ""
    yield from _listed("The pod calls: {}.", record.hosts)
    yield from _listed("Profile pictures come from: {}.", record.pictures)
    yield from _packages(record)


def _resolvers(record: SignInRecord) -> Iterator[str]:
    if record.resolvers:
        words = {"name": "its name", "email": "the email address in `spec.profile.email`"}
        yield from ("| resolver | compares, of a `User` |", "|---|---|")
        for name, compared in record.resolvers.items():
            yield f"| `{name}` | {words.get(compared, f'the annotation `{compared}`')} |"
        yield ""


def _source(record: SourceRecord) -> Iterator[str]:
    yield from _head(record, "##")
    yield from _options(record.options)
    for name, credential in record.credentials.items():
        yield f"### Credential `{name}`"
        yield ""
        yield f"{credential.description}."
        yield ""
        yield from _secrets(credential.secrets)
    yield f"### Hosts of {record.title}"
    yield ""
    own = [] if record.own_server is None else [record.options["host"].example]
    for host in (record.public_host, *own):
        options = {name: option.default for name, option in record.options.items()}
        source = StackSource(record, declared=True, credential=None, options={**options, "host": host})
        where = host if host == record.public_host else f"a server of your own, such as {host}"
        yield from _listed(f"At {where}, the pod calls: {{}}.", source.outbound_hosts)
    if record.accounts is not None:
        yield f"People link their own accounts there with the sign-in provider `{record.accounts.provider}`."
        yield ""


def _head(record: Record, level: str) -> Iterator[str]:
    yield f"{level} {record.id}"
    yield ""
    yield f"[{record.title}]({record.homepage}): {record.summary}."
    yield ""


def _options(options: Mapping[str, Option]) -> Iterator[str]:
    if options:
        yield from ("| option | default | meaning | example |", "|---|---|---|---|")
        for name, option in options.items():
            default = "required" if option.required else "" if option.default is None else f"`{option.default}`"
            yield f"| `{name}` | {default} | {cell(option.description)} | `{option.example}` |"
        yield ""


def _secrets(secrets: Mapping[str, SecretRecord]) -> Iterator[str]:
    if secrets:
        yield from ("| secret | meaning | where to get it |", "|---|---|---|")
        for name, secret in secrets.items():
            yield f"| `{name}` | {cell(secret.description)} | {cell(secret.obtain)} |"
        yield ""


def _packages(record: Record) -> Iterator[str]:
    yield from _listed("Packages: {}.", dict.fromkeys([*record.packages.frontend, *record.packages.backend]))


def _listed(sentence: str, names: Iterable[str]) -> Iterator[str]:
    listed = ", ".join(f"`{name}`" for name in names)
    if listed:
        yield sentence.format(listed)
        yield ""
