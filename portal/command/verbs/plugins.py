"""Show the plugin library."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, get_args

import typer
from rich.table import Table
from rich.text import Text

from portal.base.errors import InputError, did_you_mean
from portal.command.context import Context
from portal.command.json_answers import JsonAnswer, shown
from portal.command.options import Json
from portal.command.verb import Verb
from portal.plugins.load import load_plugins
from portal.plugins.record import Category, PluginRecord, SecretRecord, SourceNeed
from portal.plugins.rights import RbacRule
from portal.release.release import read_portal


class LibraryEntry(JsonAnswer):
    """One entry of `portal plugins --json`."""

    id: str
    """The plugin's name in `portal.yaml`."""

    title: str
    """The plugin's title."""

    summary: str
    """What the plugin adds."""

    category: Category
    """What the plugin is about."""

    core: bool
    """Whether the plugin is part of every portal."""

    in_portal: bool
    """Whether the portal in this checkout has the plugin."""


class PluginsAnswer(JsonAnswer):
    """`portal plugins --json`. With a name, the plugin's record as in its file in portal/plugins/records."""

    plugins: tuple[LibraryEntry, ...]
    """The plugin library."""


verb = Verb(answers=(PluginsAnswer,))


@verb.command()
def plugins(
    context: typer.Context,
    name: Annotated[str | None, typer.Argument(help="A plugin, to show its options, secrets and packages.")] = None,
    as_json: Json = False,
) -> None:
    """Show the plugin library, or one plugin: packages, options, secrets, annotations.

    \b
    portal plugins
    portal plugins sentry
    """
    _run(context.obj, name, as_json=as_json)


def _run(context: Context, name: str | None, *, as_json: bool) -> None:
    """List the plugin library, or show one plugin."""
    library = load_plugins()
    if name is None:
        _list(context, as_json=as_json)
    elif name in library and as_json:
        context.out.document(shown(library[name]))
    elif name in library:
        _show(context, library[name])
    else:
        raise InputError(
            where="portal plugins",
            key="",
            got=f'"{name}"',
            allowed="a plugin of the library",
            fix=did_you_mean(name, library),
        )


def _list(context: Context, *, as_json: bool) -> None:
    _, _, composition = read_portal(context.checkout)
    if as_json:
        entries = tuple(
            LibraryEntry(
                id=record.id,
                title=record.title,
                summary=record.summary,
                category=record.category,
                core=record.core,
                in_portal=record.core or record.id in composition.records,
            )
            for record in load_plugins().values()
        )
        context.out.document(shown(PluginsAnswer(plugins=entries)))
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("category", "plugin", "in this portal", "what it gives"):
        table.add_column(title)
    order = get_args(Category)
    before = ""
    for record in sorted(load_plugins().values(), key=lambda one: order.index(one.category)):
        here = "always" if record.core else "yes" if record.id in composition.records else ""
        table.add_row("" if record.category == before else record.category, record.id, here, record.summary)
        before = record.category
    context.show(table)


def _show(context: Context, record: PluginRecord) -> None:
    rows: list[tuple[str, str]] = [("plugin", f"{record.title} ({record.id})"), ("gives", record.summary)]
    rows += [("category", record.category), ("homepage", record.homepage)]
    rows.extend(("package", name) for name in [*record.packages.frontend, *record.packages.backend])
    rows.extend(("requires", needed) for needed in record.requires)
    rows.extend(("needs source", _source(name, need)) for name, need in record.sources.items())
    for option, meaning in record.options.items():
        need = "required" if meaning.required else f"default {meaning.default}"
        rows.append(("option", f"{option}: {meaning.description} ({need}; {meaning.example})"))
    if record.connection is not None:
        rows.extend(("needs account", f"portal:connect: [{account}]") for account in record.connection.accounts)
        rows.extend(_secrets(record.connection.secrets))
        rows.extend(("calls", host) for host in [*record.connection.hosts, *record.connection.browser_hosts])
    rows.extend(
        ("cluster right", f"{', '.join(rule.verbs)} {', '.join(rule.resources)}{_condition(rule)}")
        for rule in record.kubernetes.rules
    )
    rows.extend(("annotation", f"{name}: {meaning}") for name, meaning in record.annotations.items())
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="bold")
    table.add_column()
    before = ""
    for key, value in rows:
        table.add_row("" if key == before else key, Text(value))
        before = key
    context.show(table)


def _source(name: str, need: SourceNeed) -> str:
    given = f" with {', '.join(need.options)}" if need.options else ""
    return f"{name}{given}" + (", and a credential of the stack" if need.login else "")


def _condition(rule: RbacRule) -> str:
    return f" (with {rule.when.strip('{}')})" if rule.when is not None else ""


def _secrets(secrets: Mapping[str, SecretRecord]) -> list[tuple[str, str]]:
    return [("secret", f"{name}: {meaning.description} ({meaning.obtain})") for name, meaning in secrets.items()]
