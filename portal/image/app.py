"""Build the app of a composition on this machine: install, bundle, install production dependencies, prune."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from portal.base.archive import unpack
from portal.base.canonical import canonical_json
from portal.base.errors import SituationError
from portal.base.json_file import read_json_object
from portal.base.json_types import is_list
from portal.base.process import run
from portal.base.progress import Phase, Progress
from portal.image.lock import read_schemas, run_yarn
from portal.image.prune import prune, remove_source_maps
from portal.image.toolchain import Toolchain, machine_cpu, toolchain
from portal.image.unlocked_packages import require_recorded
from portal.image.workspace import YARNRC, write_workspace
from portal.release.composition import Composition
from portal.release.locked import require_locked

FRONTEND = "packages/app/package.json"


def install_app(composition: Composition, app: Path, workspace: Path, progress: Progress) -> None:
    """Write the workspace of a composition, and install all its packages.

    Never changes the lock. Raises an error if the lock does not match the composition.
    """
    require_locked(composition, app)
    with progress.phase("Install packages") as phase:
        write_workspace(composition, app, workspace, machine_cpu())
        run_yarn(toolchain(), workspace, phase, "install", "--immutable")
        require_recorded(workspace, app)


def build_app(app: Path, workspace: Path, target: Path, progress: Progress) -> None:
    """Fill ``target`` with ``dependencies/`` (node_modules) and ``app/`` (the build output), for the Containerfile.

    ``workspace`` is what ``install_app`` has filled. Raises an error if the committed config schemas differ from those
    of the installed packages.
    """
    tools = toolchain()
    staging = workspace.parent / "production"
    # The bundler uses several threads, but seldom all of them. An error of any of them is raised.
    with ThreadPoolExecutor(max_workers=2) as beside:
        schemas = beside.submit(read_schemas, tools, workspace)
        dependencies = beside.submit(_production_dependencies, tools, app, workspace, staging, progress)
        with progress.phase("Build frontend and backend") as phase:
            _bundle(tools, workspace, phase)
    _require_schemas(schemas.result(), app)
    dependencies.result()
    _add_bundle(workspace, staging)
    _arrange(staging, target)


def _production_dependencies(tools: Toolchain, app: Path, workspace: Path, staging: Path, progress: Progress) -> None:
    with progress.phase("Install for production") as phase:
        install_production(tools, workspace, staging, phase)
        require_recorded(staging, app)
    with progress.phase("Prune") as phase:
        removed = prune(staging)
        phase.update(f"{sum(removed.values()) // 2**20} MiB")


def _bundle(tools: Toolchain, workspace: Path, phase: Phase) -> None:
    backend = workspace / "packages" / "backend"
    shutil.rmtree(backend / "dist", ignore_errors=True)
    shutil.rmtree(workspace / "packages" / "app" / "dist", ignore_errors=True)
    log = workspace.parent / "logs" / "build.log"
    environment = {**tools.environment, "NODE_OPTIONS": "--max-old-space-size=3072"}
    run(tools.command("build"), cwd=backend, env=environment, log=log, on_line=phase.update)


def _require_schemas(found: Sequence[Mapping[str, Any]], app: Path) -> None:
    fix = "run `portal lock`, and commit what it writes"
    schemas = read_json_object(app / "config-schema.json", "app/config-schema.json", fix).get("schemas")
    committed: list[Mapping[str, Any]] = list(schemas) if is_list(schemas) else []
    if list(found) != committed:
        differ = sorted(
            {str(entry["package"]) for entry in [*found, *committed] if (entry in found) != (entry in committed)}
        )
        raise SituationError(
            f"app/config-schema.json differs from the schemas of the installed packages ({', '.join(differ)})",
            "run `portal lock`, and commit what it writes",
        )


def install_production(tools: Toolchain, workspace: Path, staging: Path, phase: Phase) -> None:
    """Install what the backend of a workspace needs at run time into ``staging``. Does not prune, and bundles nothing.

    The frontend's dependencies are not among them: its bundle has them.
    """
    shutil.rmtree(staging, ignore_errors=True)
    for name in ("app", "backend"):
        (staging / "packages" / name).mkdir(parents=True)
    for name in ("package.json", "yarn.lock", "backstage.json", "packages/backend/package.json"):
        shutil.copyfile(workspace / name, staging / name)
    frontend = json.loads((workspace / FRONTEND).read_text("utf-8"))
    (staging / FRONTEND).write_text(json.dumps({**frontend, "dependencies": {}}), "utf-8")
    (staging / ".yarnrc.yml").write_text(YARNRC.format(cpu=machine_cpu()).replace("current, ", ""), "utf-8")
    run_yarn(tools, staging, phase, "workspaces", "focus", "--all", "--production")


def _add_bundle(workspace: Path, staging: Path) -> None:
    """Add what Backstage's builder has made to the dependencies, without its source maps."""
    with tempfile.TemporaryDirectory(dir=staging.parent) as temporary:
        bundle = Path(temporary)
        unpack(workspace / "packages" / "backend" / "dist" / "bundle.tar.gz", bundle)
        remove_source_maps(bundle)
        shutil.copytree(bundle, staging, dirs_exist_ok=True)


def _arrange(staging: Path, target: Path) -> None:
    """Split the tree by how often its parts change. Set fixed file modes, so that no umask affects a digest."""
    shutil.rmtree(target, ignore_errors=True)
    for folder in ("dependencies", "app"):
        (target / folder).mkdir(parents=True)
    (staging / "node_modules" / ".yarn-state.yml").unlink(missing_ok=True)
    _sort_schemas(staging / "packages" / "app" / "dist" / ".config-schema.json")
    (staging / "node_modules").rename(target / "dependencies" / "node_modules")
    for name in ("packages", "package.json", "backstage.json"):
        (staging / name).rename(target / "app" / name)
    shutil.rmtree(staging)
    for here, folders, files in os.walk(target):
        for name in folders:
            (Path(here) / name).chmod(0o755)
        for name in files:
            path = Path(here) / name
            if not path.is_symlink():
                path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)


def _sort_schemas(path: Path) -> None:
    """Sort the config schemas. The builder writes them in any order, and the same app must give the same bytes."""
    content = json.loads(path.read_text(encoding="utf-8"))
    content["schemas"].sort(key=canonical_json)
    path.write_text(canonical_json(content), encoding="utf-8")
