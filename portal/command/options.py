"""Options that several verbs have, each declared once."""

from __future__ import annotations

from typing import Annotated

import typer

Stack = Annotated[str, typer.Option("--stack", "-s", help="The environment: stacks/Pulumi.<stack>.yaml.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object on standard output; docs/reference/json.md.")]
Builder = Annotated[
    str | None, typer.Option("--builder", help="docker, podman or buildah; default: the first that works.")
]
