"""The migrations of a composition are those in the packages of its backend, and in no other package."""

from __future__ import annotations

import json
from pathlib import Path

from portal.image.find_migrations import find_migrations


def package(
    folder: Path, name: str, *files: str, role: str | None = "backend-plugin", plugin: str | None = "a"
) -> Path:
    found = folder / name
    (found / "migrations").mkdir(parents=True)
    for file in files:
        (found / "migrations" / file).parent.mkdir(exist_ok=True)
        (found / "migrations" / file).touch()
    backstage = {"role": role, **({"pluginId": plugin} if plugin is not None else {})} if role is not None else None
    (found / "package.json").write_text(json.dumps({"name": name, **({"backstage": backstage} if backstage else {})}))
    return found


def test_they_are_in_knexs_order_and_by_plugin(tmp_path: Path) -> None:
    folder = package(tmp_path, "catalog", "2_b.js", "1_a.cjs", "3_c.mjs", "1_a.cjs.map", "README.md")
    found = find_migrations([("@backstage/catalog@1.0.0", folder)])
    assert {name: (one.plugin, one.names) for name, one in found.items()} == {
        "@backstage/catalog": ("a", ("1_a.cjs", "2_b.js"))
    }


def test_those_for_every_plugin_are_in_folders(tmp_path: Path) -> None:
    folder = package(tmp_path, "defaults", "scheduler/1.js", "auth/1.js", role="node-library", plugin=None)
    (found,) = find_migrations([("defaults@1.0.0", folder)]).values()
    assert (found.plugin, found.names) == (None, ("auth/1.js", "scheduler/1.js"))


def test_other_packages_have_none(tmp_path: Path) -> None:
    """A folder of that name may hold anything."""
    installed = [
        ("no-role@1.0.0", package(tmp_path, "no-role", "1.js", role=None)),
        ("frontend@1.0.0", package(tmp_path, "frontend", "1.js", role="frontend-plugin")),
        ("empty@1.0.0", package(tmp_path, "empty")),
    ]
    assert find_migrations(installed) == {}


def test_two_versions_of_a_package_bring_the_migrations_of_both(tmp_path: Path) -> None:
    installed = [(f"p@{version}", package(tmp_path / version, "p", f"{version}.js")) for version in ("1.0.0", "2.0.0")]
    assert find_migrations(installed)["p"].names == ("1.0.0.js", "2.0.0.js")


def test_a_package_that_migrates_without_the_folder_is_there_without_names(tmp_path: Path) -> None:
    """Whoever runs migrations for others has to know that there are some."""
    folder = package(tmp_path, "radar", plugin="radar")
    code = folder / "dist" / "service" / "store.cjs.js"
    code.parent.mkdir(parents=True)
    code.write_text("await client.migrate.latest({ migrationSource: new Source() });")
    (found,) = find_migrations([("radar@1.0.0", folder)]).values()
    assert (found.plugin, found.names) == ("radar", ())


def test_a_package_with_a_list_of_its_own_is_there_without_names(tmp_path: Path) -> None:
    folder = package(tmp_path, "ingestion", "1.js", plugin="catalog")
    code = folder / "dist" / "database.cjs.js"
    code.parent.mkdir(parents=True)
    code.write_text("await knex.migrate.latest({\n  directory,\n  tableName: 'ingestion__knex_migrations'\n});")
    (found,) = find_migrations([("ingestion@1.0.0", folder)]).values()
    assert (found.plugin, found.names) == ("catalog", ())
