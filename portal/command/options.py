"""Options that several verbs share, each declared once."""

from __future__ import annotations

from typing import Annotated

import typer

Stack = Annotated[str, typer.Option("--stack", "-s", help="The stack: stacks/Pulumi.<stack>.yaml.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object; see docs/reference/json.md.")]
Builder = Annotated[
    str | None, typer.Option("--builder", help="docker, podman or buildah. Default: the first one that works.")
]
