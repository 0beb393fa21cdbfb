"""The command line: verbs, options, help, exit codes. What a verb does stands in a module of its own."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from portal.command.context import Context
from portal.errors import InputError, PortalError

app = typer.Typer(
    name="portal",
    help="Backstage as infrastructure code: check, build, deploy and look after a developer portal.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Stack = Annotated[str, typer.Option("--stack", "-s", help="The environment: stacks/Pulumi.<stack>.yaml.")]


@app.callback()
def root(
    context: typer.Context,
    directory: Annotated[Path, typer.Option("--directory", "-C", help="The checkout; default: the one around this folder.")] = Path(),
) -> None:
    """Every verb works on the checkout around the current folder."""
    context.obj = Context(directory)


@app.command()
def up(  # noqa: PLR0913 - a command line
    context: typer.Context,
    stack: Stack = "local",
    kube_context: Annotated[str | None, typer.Option("--context", help="Use the cluster of this kubeconfig context.")] = None,
    cluster: Annotated[str | None, typer.Option("--cluster", help="node (our own) or kind; default: kind where docker or podman runs.")] = None,
    engine: Annotated[str | None, typer.Option("--engine", help="pulumi or kubectl; default: pulumi where its CLI is on the PATH.")] = None,
    builder: Annotated[str | None, typer.Option("--builder", help="docker, podman or buildah; default: the first that works.")] = None,
) -> None:
    """Build what changed, start a cluster if there is none, deploy, wait, and print the address.

    The first run on a bare machine builds Kubernetes itself and takes up to 25 minutes on two cores; later ones take
    seconds. Nothing is asked: what nobody needs to choose is generated under .portal/.
    """
    from portal.command.up import UpOptions  # noqa: PLC0415 - verbs are imported when they run
    from portal.command.up import up as run  # noqa: PLC0415

    run(context.obj, UpOptions(stack, kube_context, cluster, engine, builder))


def main() -> None:
    """Run the command; 2 for input that can be corrected, 1 for the rest, never a traceback for either."""
    try:
        app(standalone_mode=False)
    except typer.Exit as ended:
        sys.exit(ended.exit_code)
    except InputError as error:
        print("\n".join(error.sentences), file=sys.stderr)
        sys.exit(2)
    except PortalError as error:
        print(str(error), file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        sys.exit(130)
