"""Write the Backstage workspace: the sources from ``app/``, and generated package.json files with exact versions."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from portal.release.account_records import ACCOUNT_RECORDS, account_records
from portal.release.composition import Composition
from portal.release.package_files import package_files

YARNRC = """\
nodeLinker: node-modules
enableTelemetry: false
# No package of a composition needs a build script at 1.55: all native parts come prebuilt or are optional.
enableScripts: false
supportedArchitectures:
  os: [current, linux]
  cpu: [current, {cpu}]
  libc: [current, glibc]
"""

# The app-config for the build. It includes every frontend plugin among the dependencies. All other settings are known
# only at run time.
BUILD_CONFIG = """\
app:
  title: Portal
  baseUrl: http://localhost:7007
  packages: all
"""


def write_workspace(composition: Composition, app: Path, folder: Path, cpu: str) -> None:
    """Write the workspace of a composition to ``folder``, for Linux on ``cpu`` (as Node names it: x64, arm64).

    Keeps ``node_modules`` and build output, so that a second install is fast. Installs nothing.
    """
    for name in ("app", "backend"):
        source, target = app / "packages" / name, folder / "packages" / name
        for part in ("src", "public"):
            shutil.rmtree(target / part, ignore_errors=True)
        shutil.copytree(source, target, dirs_exist_ok=True)
    shutil.copyfile(app / "tsconfig.json", folder / "tsconfig.json")
    if (app / "yarn.lock").is_file():
        shutil.copyfile(app / "yarn.lock", folder / "yarn.lock")
    (folder / ".yarnrc.yml").write_text(YARNRC.format(cpu=cpu), "utf-8")
    (folder / "app-config.yaml").write_text(BUILD_CONFIG, "utf-8")
    generated = {**package_files(composition), ACCOUNT_RECORDS: account_records(composition)}
    for path, content in generated.items():
        _write_if_changed(folder / path, json.dumps(content, indent=2) + "\n")


def _write_if_changed(path: Path, text: str) -> None:
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
