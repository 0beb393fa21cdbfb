"""The command line: verbs, options, help, exit codes. What a verb does stands in a module of its own."""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from portal.command.context import Context
from portal.errors import InputError, PortalError

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

Json = Annotated[bool, typer.Option("--json", help="For machines.")]
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


@app.command()
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
        str | None, typer.Option("--engine", help="pulumi or kubectl; default: pulumi where its CLI is on the PATH.")
    ] = None,
    builder: Annotated[
        str | None, typer.Option("--builder", help="docker, podman or buildah; default: the first that works.")
    ] = None,
) -> None:
    """Build what changed, start a cluster if there is none, deploy, wait, and print the address.

    The first run on a bare machine builds Kubernetes itself and takes up to 25 minutes on two cores; later ones take
    seconds. Nothing is asked: what nobody needs to choose is generated under .portal/.
    """
    from portal.command.up import UpOptions  # noqa: PLC0415 - verbs are imported when they run
    from portal.command.up import up as run  # noqa: PLC0415

    run(context.obj, UpOptions(stack, kube_context, cluster, engine, builder))


@app.command()
def down(
    context: typer.Context,
    stack: Stack = "local",
    delete_data: Annotated[
        bool, typer.Option("--delete-data", help="Delete everything that `up` made here, data included.")
    ] = False,
) -> None:
    """Stop the stack's cluster. Data is kept, and the next `up` resumes it."""
    from portal.command.down import down as run  # noqa: PLC0415

    run(context.obj, stack, delete_data=delete_data)


@app.command()
def status(context: typer.Context, stack: Stack = "local", as_json: Json = False) -> None:
    """What runs, which release, which integrations are connected."""
    from portal.command.status import status as run  # noqa: PLC0415

    run(context.obj, stack, as_json=as_json)


@app.command()
def check(
    context: typer.Context,
    stack: Stack = "local",
    cluster: Annotated[
        bool, typer.Option("--cluster", help="Ask the stack's cluster and database too; changes nothing there.")
    ] = False,
) -> None:
    """All checks that a deployment runs, without deploying: app-config against its schema, secrets, guards."""
    from portal.command.check import check as run  # noqa: PLC0415

    run(context.obj, stack, live=cluster)


@app.command()
def config(
    context: typer.Context,
    stack: Stack = "local",
    against: Annotated[str | None, typer.Option("--against", help="Show the difference to this stack instead.")] = None,
) -> None:
    """The effective app-config of a stack: one complete file, secrets as names of files."""
    from portal.command.check import show_config  # noqa: PLC0415

    show_config(context.obj, stack, against)


@app.command()
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
) -> None:
    """portal.yaml to images: install, bundle, prune, one image. Does nothing where nothing changed.

    Without --push the checkout itself is the release, called workspace: for the stacks of this machine.
    """
    from portal.command.build import build as run  # noqa: PLC0415

    run(context.obj, builder, push, again=again)


@app.command()
def lock(context: typer.Context) -> None:
    """Resolve the plugins of portal.yaml to exact packages: app/yarn.lock and app/config-schema.json."""
    from portal.command.build import lock as run  # noqa: PLC0415

    run(context.obj)


@app.command()
def render(
    context: typer.Context,
    stack: Stack = "local",
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Write one file a resource into this folder.")] = None,
) -> None:
    """The Kubernetes manifests of a stack, without a cluster; values of secrets are left out."""
    from portal.command.render import render as run  # noqa: PLC0415

    run(context.obj, stack, out)


@app.command()
def graph(context: typer.Context, stack: Stack = "local") -> None:
    """The tree of resources that the Pulumi program registers, as a mermaid flowchart."""
    from portal.command.render import draw  # noqa: PLC0415

    draw(context.obj, stack)


@app.command()
def plugins(
    context: typer.Context,
    name: Annotated[str | None, typer.Argument(help="One plugin: what it needs and gives.")] = None,
) -> None:
    """The plugin catalogue."""
    from portal.command.plugins import plugins as run  # noqa: PLC0415

    run(context.obj, name)


@app.command()
def doctor(context: typer.Context, as_json: Json = False) -> None:
    """What this machine has, what is missing for which path, and what is kept on it."""
    from portal.command.doctor import doctor as run  # noqa: PLC0415

    run(context.obj, as_json=as_json)


@secrets_app.command("init")
def secrets_init(context: typer.Context, stack: Stack = "local") -> None:
    """Generate what nobody needs to choose (database password, session secret, hash key), once, encrypted."""
    from portal.command.secrets import init  # noqa: PLC0415

    init(context.obj, stack)


@secrets_app.command("set")
def secrets_set(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="The secret's name, such as SENTRY_TOKEN.")],
    stack: Stack = "local",
) -> None:
    """Store one secret. Its value is asked for, or read from a pipe; it is never an argument."""
    from portal.command.secrets import set_secret  # noqa: PLC0415

    set_secret(context.obj, stack, name)


def main() -> None:
    """Run the command; 2 for input that can be corrected, 1 for the rest, never a traceback for either."""
    # Importing Pulumi's SDK makes a million objects that all stay: looking for garbage among them is a seventh of it.
    gc.set_threshold(500_000)
    try:
        app()
    except InputError as error:
        _say("\n".join(error.sentences))
        sys.exit(2)
    except PortalError as error:
        _say(str(error))
        sys.exit(1)
    except BrokenPipeError:
        # Whoever read our output has enough of it (`portal render | head`).
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)


def _say(text: str) -> None:
    """An error, red on a terminal only."""
    Console(stderr=True, highlight=False, soft_wrap=True).print(text, style="red", markup=False)
