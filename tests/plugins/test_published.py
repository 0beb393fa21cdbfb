"""A record cannot lie: each is compared with what npm has published of its packages."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from portal.base.checkout import Checkout
from portal.base.json_types import is_mapping
from portal.image.published_packages import named_packages, newest_manifest, published_package, text_of
from portal.plugins.load import load_plugins
from portal.plugins.published import FILE, PublishedPackage, published_packages
from portal.plugins.record import PluginRecord

PLUGINS = load_plugins()
PUBLISHED = published_packages()
ROLES = {
    "frontend": {"frontend-plugin", "frontend-plugin-module"},
    "backend": {"backend-plugin", "backend-plugin-module"},
}
EACH = pytest.mark.parametrize("record", PLUGINS.values(), ids=lambda record: record.id)


def packages(record: PluginRecord, part: str) -> dict[str, PublishedPackage]:
    return {name: PUBLISHED[name] for name in getattr(record.packages, part)}


def test_what_is_written_down_is_of_the_versions_that_a_portal_has(repository: Checkout) -> None:
    """Whoever changes a version runs `make published`."""
    written = {name: one.version for name, one in PUBLISHED.items()}
    assert written == named_packages(newest_manifest(repository))
    assert FILE.read_text("utf-8") == text_of(PUBLISHED)


@EACH
@pytest.mark.parametrize("part", ROLES)
def test_a_package_is_of_the_part_of_the_app_that_loads_it(record: PluginRecord, part: str) -> None:
    assert {name: one.role for name, one in packages(record, part).items() if one.role not in ROLES[part]} == {}


@EACH
@pytest.mark.parametrize("part", ROLES)
def test_backstage_finds_what_a_package_brings(record: PluginRecord, part: str) -> None:
    """Without a feature at `.` or `./alpha`, a package is in the image and does nothing."""
    assert [name for name, one in packages(record, part).items() if not one.exports] == []


@EACH
@pytest.mark.parametrize("part", ROLES)
def test_the_release_has_what_a_package_imports(record: PluginRecord, part: str) -> None:
    """One version of each of Backstage's packages is in a portal, whatever others ask for."""
    assert {name: one.missing_imports for name, one in packages(record, part).items() if one.missing_imports} == {}


@EACH
def test_databases_are_the_ids_of_the_backend_plugins(record: PluginRecord) -> None:
    plugins = [one.plugin_id for one in packages(record, "backend").values() if one.role == "backend-plugin"]
    assert sorted(record.databases) == sorted(str(one) for one in plugins)


def with_what_it_requires(record: PluginRecord) -> Iterator[PluginRecord]:
    yield record
    for name in record.requires:
        yield from with_what_it_requires(PLUGINS[name])


@EACH
@pytest.mark.parametrize("part", ROLES)
def test_a_module_comes_with_the_plugin_that_it_is_a_part_of(record: PluginRecord, part: str) -> None:
    """A module of a plugin that is not there stops the start, or is never loaded."""
    core = [one for one in PLUGINS.values() if one.core]
    there = {
        one.plugin_id
        for other in (*with_what_it_requires(record), *core)
        for one in packages(other, part).values()
        if one.role == f"{part}-plugin"
    }
    modules = {n: one.plugin_id for n, one in packages(record, part).items() if one.role == f"{part}-plugin-module"}
    # Backstage's own app is no package of the library (frontend-defaults, createApp).
    assert {name: plugin for name, plugin in modules.items() if plugin not in there | {"app"}} == {}


@EACH
def test_parts_of_pages_belong_to_the_packages_of_the_record(record: PluginRecord) -> None:
    """`entity-card:sonarqube/card`: with another plugin's id, Backstage ignores the entry."""
    own = {one.plugin_id for one in packages(record, "frontend").values()}
    named = [*record.filters, *(record.connection.extensions if record.connection is not None else ())]
    assert [name for name in named if name.partition(":")[2].partition("/")[0] not in own] == []


@EACH
def test_required_keys_have_values_whether_or_not_the_plugin_runs(record: PluginRecord) -> None:
    """The schema of everything in the image counts, also of what a stack does not connect, or excludes."""
    required = {key for part in ROLES for one in packages(record, part).values() for key in one.required}
    for given in (record.app_config,) if record.core else (record.app_config, record.when_disabled):
        assert sorted(key for key in required if not has(given, key.split("."))) == []


def has(config: Mapping[str, Any], path: list[str]) -> bool:
    inner = config.get(path[0])
    return path[0] in config and (len(path) == 1 or (is_mapping(inner) and has(inner, path[1:])))


def test_a_package_is_read_without_running_it(tmp_path: Path) -> None:
    content = {
        "version": "1.2.3",
        "backstage": {"role": "backend-plugin", "pluginId": "x", "features": {"./alpha": "", "./more": ""}},
        "exports": {"./alpha": {"require": "./alpha.js"}, "./more": "./alpha.js"},
        "configSchema": "config.schema.json",
    }
    (tmp_path / "alpha.js").write_text("exports.default = plugin;")
    inner: dict[str, Any] = {
        "type": "object",
        "required": ["url"],
        "properties": {"url": {"required": ["no"]}, "b": {"required": []}},
    }
    schema: dict[str, Any] = {"required": ["x"], "properties": {"x": inner, "y": {"required": ["z"]}}}
    (tmp_path / "package.json").write_text(json.dumps(content))
    (tmp_path / "config.schema.json").write_text(json.dumps(schema))
    found = published_package(tmp_path, {})
    assert (found.version, found.role, found.plugin_id) == ("1.2.3", "backend-plugin", "x")
    assert (found.exports, found.config_schema, found.migrations) == (("./alpha",), "json", False)
    assert found.required == ("x", "x.url", "x.url.no")
