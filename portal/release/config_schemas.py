"""``config-schema.json``: what ``portal lock`` found the packages of a composition to declare of app-config."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from portal.base.json_file import parse_json_object
from portal.base.json_types import is_list


@dataclass(frozen=True, eq=False)
class ConfigSchemas:
    """The config schemas of packages, as ``{package, schema}``. Nobody changes them: plans share them.

    ``composition`` is the id of the composition that they belong to (``portal.release.locked.composition_id``).
    """

    composition: str
    packages: tuple[Mapping[str, Any], ...]


NO_SCHEMAS = ConfigSchemas("", ())


def read_config_schemas(path: Path, name: str, fix: str) -> ConfigSchemas:
    """Read a file once for all stacks that use it. ``name`` and ``fix`` are for the error of a damaged one."""
    return _parsed(path.read_bytes(), name, fix)


@lru_cache(maxsize=4)
def _parsed(raw: bytes, name: str, fix: str) -> ConfigSchemas:
    content = parse_json_object(raw, name, fix)
    schemas = content.get("schemas")
    return ConfigSchemas(str(content.get("composition", "")), tuple(schemas) if is_list(schemas) else ())
