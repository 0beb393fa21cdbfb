"""The command line: verbs, options, help, exit codes. What a verb does stands in a module of its own."""

from __future__ import annotations

import gc
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from portal.base.errors import InputError, PortalError
from portal.command.context import Context
from portal.command.failure import asks_for_json, fail

app = typer.Typer(
    name="portal",
    help="Backstage as infrastructure code: check, build, deploy and look after a developer portal.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

secrets_app = typer.Typer(help="The secrets of a stack: generate and store them, encrypted.", no_args_is_help=True)
app.add_typer(secrets_app, name="secrets")

Json = Annotated[bool, typer.Option("--json", help="One JSON object on standard output; docs/reference/json.md.")]
Stack = Annotated[str, typer.Option("--stack", "-s", help="The environment: stacks/Pulumi.<stack>.yaml.")]


@app.callback()
def root(
    context: typer.Context,
    directory: Annotated[
        Path, typer.Option("--directory", "-C", help="The checkout; default: the one around this folder.")
    ] = Path(),
) -> None:
    """Every verb works on the checkout around the current folder."""
    context.obj = Context(directory)


@app.command(short_help="From a checkout to a portal that answers.")
def up(
    context: typer.Context,
    stack: Stack = "local",
    kube_context: Annotated[
        str | None, typer.Option("--context", help="Use the cluster of this kubeconfig context.")
    ] = None,
    cluster: Annotated[
        str | None, typer.Option("--cluster", help="node (our own) or kind; default: kind where docker or podman runs.")
    ] = None,
    engine: Annotated[
        str | None,
        typer.Option(
            "--engine",
            help="pulumi or kubectl; default: pulumi, and kubectl where its CLI is neither here nor to be had.",
        ),
    ] = None,
    builder: Annotated[
        str | None, typer.Option("--builder", help="docker, podman or buildah; default: the first that works.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Build what changed, start a cluster if there is none, deploy, wait, and print the address.

    A stack of another target than local is deployed by the Pulumi CLI, with your own backend, into the cluster that its
    file names.

    The first run on a bare machine builds Kubernetes itself and takes up to 25 minutes on two cores; later ones take
    seconds. Nothing is asked: what nobody needs to choose is generated under .portal/.

    \b
    portal up
    portal up --context kind-mine
    """
    from portal.command.up import up as run  # noqa: PLC0415 - verbs are imported when they run
    from portal.command.up import up_json  # noqa: PLC0415
    from portal.deploy.options import UpOptions  # noqa: PLC0415

    (up_json if as_json else run)(context.obj, UpOptions(stack, kube_context, cluster, engine, builder))


@app.command(short_help="Stop what `up` started; data is kept.")
def down(
    context: typer.Context,
    stack: Stack = "local",
    delete_data: Annotated[
        bool, typer.Option("--delete-data", help="Delete everything that `up` made here, data included.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Stop the stack's cluster. Data is kept, and the next `up` resumes it.

    Of a stack of another target than local, `pulumi destroy` takes what is not protected.

    \b
    portal down
    portal down --delete-data
    """
    from portal.command.down import down as run  # noqa: PLC0415
    from portal.command.down import down_json  # noqa: PLC0415

    (down_json if as_json else run)(context.obj, stack, delete_data=delete_data)


@app.command(short_help="What runs, how its plugins are, what is connected.")
def status(context: typer.Context, stack: Stack = "local", as_json: Json = False) -> None:
    """What runs, which release, how its plugins are, what is connected. Answers within six seconds, whatever hangs.

    \b
    portal status
    portal status --stack dev --json | jq .answers
    """
    from portal.command.status import status as run  # noqa: PLC0415

    run(context.obj, stack, as_json=as_json)


@app.command(short_help="What the portal's pods say.")
def logs(  # noqa: PLR0913, PLR0917 - a parameter is an option
    context: typer.Context,
    stack: Stack = "local",
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on until Ctrl-C.")] = False,
    since: Annotated[str | None, typer.Option("--since", help="Not older than this: 45s, 10m, 1h30m.")] = None,
    tail: Annotated[int, typer.Option("--tail", "-n", min=0, help="The last lines only; 0 is all.")] = 200,
    previous: Annotated[bool, typer.Option("--previous", help="Of the containers before their last restart.")] = False,
    database: Annotated[bool, typer.Option("--database", help="The database's log instead.")] = False,
    plugin: Annotated[str | None, typer.Option("--plugin", help="Only what concerns this plugin.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Raw lines, as the pods wrote them.")] = False,
) -> None:
    """What the portal's pods say, all replicas in one. Health probes that went well are left out.

    \b
    portal logs --follow
    portal logs --since 10m --plugin catalog
    portal logs --previous    # why did it start again?
    portal logs --json --tail 0 | jq -R 'fromjson? | select(.level=="error")'
    """
    from portal.command.logs import LogOptions  # noqa: PLC0415
    from portal.command.logs import logs as run  # noqa: PLC0415

    run(context.obj, LogOptions(stack, follow, since, tail, previous, database, plugin, as_json))


@app.command(short_help="All checks of a deployment, without deploying.")
def check(
    context: typer.Context,
    stack: Stack = "local",
    cluster: Annotated[
        bool, typer.Option("--cluster", help="Ask the stack's cluster and database too; changes nothing there.")
    ] = False,
    as_json: Json = False,
) -> None:
    """All checks that a deployment runs, without deploying: app-config against its schema, secrets, guards.

    \b
    portal check --stack dev
    portal check --stack dev --cluster
    portal check --json | jq -r '.findings[].sentence'
    """
    from portal.command.check import check as run  # noqa: PLC0415

    run(context.obj, stack, live=cluster, as_json=as_json)


@app.command(short_help="The effective app-config of a stack.")
def config(
    context: typer.Context,
    stack: Stack = "local",
    against: Annotated[str | None, typer.Option("--against", help="Show the difference to this stack instead.")] = None,
) -> None:
    """The effective app-config of a stack: one complete file, secrets as names of files.

    \b
    portal config
    portal config --stack dev --against local
    """
    from portal.command.check import show_config  # noqa: PLC0415

    show_config(context.obj, stack, against)


@app.command(short_help="portal.yaml to images, and to a release.")
def build(
    context: typer.Context,
    builder: Annotated[
        str | None, typer.Option("--builder", help="docker, podman or buildah; default: the first that works.")
    ] = None,
    push: Annotated[
        str | None,
        typer.Option(
            "--push", help="Push to this repository, and write a release that stacks can pin below releases/."
        ),
    ] = None,
    again: Annotated[bool, typer.Option("--again", help="Build even where nothing changed.")] = False,
    as_json: Json = False,
) -> None:
    """portal.yaml to images: install, bundle, prune, one image. Does nothing where nothing changed.

    Without --push the checkout itself is the release, called workspace: for the stacks of this machine.

    \b
    portal build
    portal build --push registry.acme.example/portal
    """
    from portal.command.build import build as run  # noqa: PLC0415

    run(context.obj, builder, push, again=again, as_json=as_json)


@app.command(short_help="portal.yaml to exact npm packages.")
def lock(context: typer.Context) -> None:
    """Resolve the plugins of portal.yaml to exact packages: app/yarn.lock and app/config-schema.json.

    Needed after a change of plugins or of the Backstage release; commit both files.

    \b
    portal lock && portal build
    """
    from portal.command.build import lock as run  # noqa: PLC0415

    run(context.obj)


@app.command(short_help="The Kubernetes manifests of a stack.")
def render(
    context: typer.Context,
    stack: Stack = "local",
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Write one file a resource into this folder.")] = None,
) -> None:
    """The Kubernetes manifests of a stack, without a cluster; values of secrets are left out.

    \b
    portal render --out manifests
    """
    from portal.command.render import render as run  # noqa: PLC0415

    run(context.obj, stack, out)


@app.command(short_help="The resources of a stack as a mermaid picture.")
def graph(context: typer.Context, stack: Stack = "local") -> None:
    """The tree of resources that the Pulumi program registers, as a mermaid flowchart.

    \b
    portal graph > graph.mmd
    """
    from portal.command.render import draw  # noqa: PLC0415

    draw(context.obj, stack)


@app.command(short_help="The plugin catalogue.")
def plugins(
    context: typer.Context,
    name: Annotated[str | None, typer.Argument(help="One plugin: what it needs and gives.")] = None,
    as_json: Json = False,
) -> None:
    """The plugin catalogue, or one of its entries: packages, options, secrets, annotations.

    \b
    portal plugins
    portal plugins sentry
    """
    from portal.command.plugins import plugins as run  # noqa: PLC0415

    run(context.obj, name, as_json=as_json)


@app.command(short_help="What this machine has, and what is missing.")
def doctor(context: typer.Context, as_json: Json = False) -> None:
    """What this machine has, what is missing for which path and how to get it, and what is kept here.

    \b
    portal doctor
    """
    from portal.command.doctor import doctor as run  # noqa: PLC0415

    run(context.obj, as_json=as_json)


@secrets_app.command("init")
def secrets_init(context: typer.Context, stack: Stack = "local") -> None:
    """Generate what nobody needs to choose (database password, session secret, hash key), once, encrypted.

    \b
    portal secrets init --stack dev
    """
    from portal.command.secrets import init  # noqa: PLC0415

    init(context.obj, stack)


@secrets_app.command("set")
def secrets_set(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="The secret's name, such as SENTRY_TOKEN.")],
    stack: Stack = "local",
) -> None:
    """Store one secret. Its value is asked for, or read from a pipe; it is never an argument.

    \b
    portal secrets set SENTRY_TOKEN
    pass show sentry | portal secrets set SENTRY_TOKEN --stack dev
    """
    from portal.command.secrets import set_secret  # noqa: PLC0415

    set_secret(context.obj, stack, name)


def main() -> None:
    """Run the command; 2 for input that can be corrected, 1 for the rest, never a traceback for either."""
    code = run()
    for stream in (sys.stdout, sys.stderr):
        with suppress(BrokenPipeError):
            stream.flush()
    # Without taking leave of a million objects one by one: a third of a second after Pulumi's SDK was imported.
    os._exit(code)


def run() -> int:
    """Run the command with this process's words, and return its exit code instead of leaving."""
    # Importing Pulumi's SDK makes a million objects that all stay: looking for garbage among them is a seventh of it.
    gc.set_threshold(500_000)
    machine = asks_for_json(sys.argv[1:])
    try:
        app()
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except InputError as error:
        fail(error, machine=machine)
        return 2
    except PortalError as error:
        fail(error, machine=machine)
        return 1
    except BrokenPipeError:
        # Whoever read our output has enough of it (`portal render | head`).
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        # A full disk, a folder that may not be written: nothing that a traceback would help with.
        fail(PortalError(f"{error.filename or 'this machine'}: {error.strerror or error}"), machine=machine)
        return 1
    return 0
