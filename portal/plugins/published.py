"""What npm has published of the packages of the library's plugins. ``make published`` writes it down.

Deliberately reads no registry.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal

from portal.base.json_file import read_json_object
from portal.models.base import Model

FILE = Path(__file__).with_name("published.json")


class PublishedPackage(Model):
    """One package, at the version that a portal installs.

    ``role`` and ``plugin_id`` are those of ``backstage`` in its package.json. ``exports`` are those of `.` and
    `./alpha` that have a feature, which Backstage finds without code. ``config_schema`` is the language of its config
    schema. ``required`` are the keys that a schema in JSON requires of every app-config, as `a.b`; those of a schema in
    TypeScript are not known. ``migrations`` says whether it has tables of its own. ``missing_imports`` are what it
    imports from packages of the Backstage release, and they do not export.
    """

    version: str
    role: str
    plugin_id: str | None = None
    exports: tuple[str, ...] = ()
    config_schema: Literal["json", "typescript"] | None = None
    required: tuple[str, ...] = ()
    migrations: bool = False
    missing_imports: tuple[str, ...] = ()


@cache
def published_packages() -> Mapping[str, PublishedPackage]:
    """Every package that was written down, by name."""
    content = read_json_object(FILE, "portal/plugins/published.json", "run `make published`")
    return {name: PublishedPackage.model_validate(entry) for name, entry in content.items()}
