"""What an editor that knows the schemas of our files marks in them."""

from __future__ import annotations

from functools import cache
from typing import Any

from jsonschema import Draft202012Validator

from docs.generate.schemas import foundation_file_schema, portal_file_schema, stack_file_schema

_SCHEMAS = {"portal.yaml": portal_file_schema, "foundation": foundation_file_schema, "stack": stack_file_schema}


@cache
def editor_of(name: str) -> Draft202012Validator:
    """What checks ``portal.yaml``, the file of a ``foundation``, or that of a portal's ``stack``.

    The plugin library says what plugins take.
    """
    return Draft202012Validator(_SCHEMAS[name]())


def accept_in_editor(name: str, data: Any) -> None:
    """Refuse with jsonschema's ValidationError what the editor would mark."""
    editor: Any = editor_of(name if name in _SCHEMAS else "stack")
    editor.validate(data)
