"""Options that several verbs share, each declared once."""

from __future__ import annotations

from typing import Annotated

import typer

from portal.base.echo import has_controls
from portal.base.errors import InputError, quoted
from portal.base.names import require_stack_name


def require_line(option: str, text: str) -> str:
    """A reason that somebody gives, as a stack's file can keep it. InputError if it is empty or not one line."""
    if has_controls(text) or not text.strip():
        raise InputError(
            where=option, key="", got=quoted(text), allowed="one line of text", fix="say why in a few words"
        )
    return text


def _stack_name(text: str) -> str:
    return require_stack_name(text)


Stack = Annotated[
    str, typer.Option("--stack", "-s", help="The stack: stacks/Pulumi.<stack>.yaml.", callback=_stack_name)
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object; see docs/reference/json.md.")]
Builder = Annotated[
    str | None, typer.Option("--builder", help="docker, podman or buildah. Default: the first one that works.")
]
