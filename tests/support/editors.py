"""What an editor that knows the schemas of our files marks in them."""

from __future__ import annotations

from functools import cache
from typing import Any

from jsonschema import Draft202012Validator

from docs.generate.schemas import portal_file_schema, stack_file_schema


@cache
def editor_of(name: str) -> Draft202012Validator:
    """What checks ``portal.yaml``, or by any other name a stack's file. The plugin library says what plugins take."""
    return Draft202012Validator(portal_file_schema() if name == "portal.yaml" else stack_file_schema())


def accept_in_editor(name: str, data: Any) -> None:
    """Refuse with jsonschema's ValidationError what the editor would mark."""
    editor: Any = editor_of(name if name == "portal.yaml" else "a stack")
    editor.validate(data)
