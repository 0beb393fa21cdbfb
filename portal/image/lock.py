"""``portal lock`` resolves the composition once, and records the result.

``app/yarn.lock`` pins every package. ``app/unlocked-packages.json`` has the hashes that ``app/yarn.lock`` lacks.
``app/config-schema.json`` has the config schema of each package that declares one, so that checks need no build. The
schemas are not merged, so that a pull request shows which package changed its keys. ``app/migrations.json`` has the
database migrations of each package.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from jsonschema import Draft7Validator
from jsonschema.exceptions import SchemaError

from portal.base.child_environment import child_environment
from portal.base.errors import PortalError
from portal.base.files import write_whole
from portal.base.process import output, run
from portal.base.progress import Phase, Progress
from portal.image.find_migrations import find_migrations
from portal.image.toolchain import Toolchain, machine_cpu, toolchain
from portal.image.unlocked_packages import FILE as UNLOCKED
from portal.image.unlocked_packages import installed_packages, recorded_packages, require_recorded
from portal.image.workspace import write_workspace
from portal.release.composition import Composition
from portal.release.locked import composition_id, require_readable_lock
from portal.release.migrations import FILE as MIGRATIONS

# All of them belong together.
FILES = ("yarn.lock", UNLOCKED, "config-schema.json", MIGRATIONS)

CONFIG_CLI = "node_modules/@backstage/cli-module-config/bin/backstage-cli-module-config"


def lock(composition: Composition, app: Path, folder: Path, progress: Progress) -> None:
    """Resolve a composition in the workspace ``folder``. Writes all four files in ``app``, or none of them."""
    require_readable_lock(app)
    tools = toolchain()
    with progress.phase("Resolve packages") as phase:
        write_workspace(composition, app, folder, machine_cpu())
        run_yarn(tools, folder, phase, "install", "--no-immutable")
    with progress.phase("Record the packages without a checksum") as phase:
        resolved = (folder / "yarn.lock").read_text(encoding="utf-8")
        record = recorded_packages(resolved, app, phase)
        # Check the packages before any of their code runs.
        require_recorded(folder, app, record)
    belongs_to = {"composition": composition_id(composition)}
    with progress.phase("Read config schemas and migrations"):
        schemas = {**belongs_to, "schemas": read_schemas(tools, folder)}
        found = find_migrations(installed_packages(folder))
        packages = {name: one.model_dump(mode="json", by_alias=True, exclude_none=True) for name, one in found.items()}
        migrations = {**belongs_to, "packages": packages}
    write_whole(app / "yarn.lock", resolved)
    write_whole(app / UNLOCKED, json.dumps(record, indent=1, sort_keys=True) + "\n")
    write_whole(app / MIGRATIONS, json.dumps(migrations, indent=1, sort_keys=True) + "\n")
    write_whole(app / "config-schema.json", json.dumps(schemas, indent=1, sort_keys=True, ensure_ascii=False) + "\n")


def read_schemas(tools: Toolchain, folder: Path) -> list[dict[str, Any]]:
    """The config schema of each installed package that has one: ``{package, schema}``, sorted by package."""
    # It runs the code of packages, and needs no registry: it does not get the registry's token, as Yarn does.
    environment = child_environment(CONFIG_CLI, tools.environment)
    command = [tools.node, CONFIG_CLI, "config:schema", "--format", "json"]
    text = output(command, cwd=folder, environment=environment)
    found = json.loads(text)["schemas"]
    schemas = [{"package": entry["packageName"], "schema": entry["value"]} for entry in found]
    for entry in schemas:
        try:
            Draft7Validator.check_schema(entry["schema"])
        except SchemaError as error:
            raise PortalError(f"the config schema of {entry['package']} is not valid: {error.message}") from error
    return sorted(schemas, key=lambda entry: (entry["package"], json.dumps(entry["schema"], sort_keys=True)))


def run_yarn(tools: Toolchain, folder: Path, phase: Phase, *words: str) -> None:
    """Run Yarn in a workspace. Shows its steps while it runs, and keeps its log next to the workspace."""

    def show(line: str) -> None:
        text = (
            line.rsplit("\u2502", maxsplit=1)[-1].strip()
            if "\u2502" in line
            else line.split(":", 1)[-1].strip(" \u250c\u2514\u00b7")
        )
        if text:
            phase.update(text)

    run(tools.command(*words), cwd=folder, env=tools.environment, log=folder.parent / "logs" / "yarn.log", on_line=show)
