"""Write YAML that people read: block style, keys in the given order, long texts as blocks."""

from __future__ import annotations

from io import StringIO
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.scalarstring import LiteralScalarString

from portal.base.json_types import is_list, is_mapping


def yaml_text(value: Any) -> str:  # noqa: ANN401 - JSON in
    """A value as YAML, the same bytes for the same value."""
    writer: Any = YAML(typ="rt", pure=True)
    writer.width = 4096
    writer.indent(mapping=2, sequence=4, offset=2)
    stream = StringIO()
    writer.dump(_readable(value), stream)
    return stream.getvalue()


def _readable(value: Any) -> Any:  # noqa: ANN401 - JSON in, JSON out
    if is_mapping(value):
        return {key: _readable(item) for key, item in value.items()}
    if is_list(value):
        return [_readable(item) for item in value]
    if isinstance(value, str) and "\n" in value:
        return LiteralScalarString(value)
    return value
