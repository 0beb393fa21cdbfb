"""The SBOM of the portal's image: which packages of others are in it, in the format CycloneDX (https://cyclonedx.org).

npm packages are found by CycloneDX's own plugin for Yarn, in the lock and in Yarn's cache. It needs no installation.
The packages of the base are found in the image itself.

The same packages give the same bytes: there is no time, no random number, and no digest of the image. So two releases
with the same packages have the same SBOM. Does not list the files of packages, nor what was copied into their code.
"""

from __future__ import annotations

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

from portal.base.checkout import Checkout, cache_folder
from portal.base.errors import PortalError
from portal.base.json_file import read_json_object
from portal.base.process import run
from portal.base.progress import Progress
from portal.image.image_packages import ImagePackages, image_packages
from portal.image.sbom_parts import PARTS, merged
from portal.image.toolchain import Toolchain, fetch_from_package, machine_cpu, toolchain
from portal.image.unlocked_packages import packages_of_other_systems
from portal.image.workspace import write_workspace
from portal.release.composition import Composition
from portal.release.images import Images

PLUGIN_PACKAGE = "@cyclonedx/yarn-plugin-cyclonedx"
PLUGIN_VERSION = "3.4.0"
PLUGIN_INTEGRITY = "sha512-+bvXr4reh0VEF/nOwNdJksdTrvPkLUJGHwlXM3kpEyF07fCim6xX9y/QRjb+p8ce/QPQG1pOyHZbMBoK9glLrA=="
PLUGIN_FILE = "yarn-plugin-cyclonedx.cjs"
SPEC_VERSION = "1.6"


def image_sbom(composition: Composition, checkout: Checkout, images: Images, progress: Progress) -> bytes:
    """The SBOM of the portal's image that was built last.

    Downloads the plugin on first use, and packages that are no longer in Yarn's cache. If the image does not say what
    its base contains, a note says so, and so does the SBOM.
    """
    with progress.phase("List what the image contains"):
        found = _npm(composition, checkout)
        others = packages_of_other_systems((checkout.app / "yarn.lock").read_text(encoding="utf-8"), machine_cpu())
        document = merged(found, images.base, _base(checkout, images, progress), others)
    return (json.dumps(document, indent=1, ensure_ascii=False, sort_keys=True) + "\n").encode()


def _npm(composition: Composition, checkout: Checkout) -> dict[str, dict[str, Any]]:
    """What the plugin finds in each part of the app: the backend, and the frontend that it serves."""
    tools, folder = _with_plugin(toolchain()), checkout.build / "sbom"

    def found(part: str) -> dict[str, Any]:
        # Yarn writes into a workspace even if it installs nothing, so each part has a workspace of its own.
        workspace, file = folder / part, folder / f"{part}.json"
        write_workspace(composition, checkout.app, workspace, machine_cpu())
        options = ("--production", "--short-PURLs", "--output-reproducible", "--spec-version", SPEC_VERSION)
        run(
            tools.command("cyclonedx", *options, "--output-file", str(file)),
            cwd=workspace / "packages" / part,
            env=tools.environment,
            log=checkout.build / "logs" / f"sbom-{part}.log",
        )
        return read_json_object(file, checkout.relative(file), "run the command again", ("components", "metadata"))

    shutil.rmtree(folder, ignore_errors=True)
    try:
        with ThreadPoolExecutor(max_workers=len(PARTS)) as at_once:
            return dict(zip(PARTS, at_once.map(found, PARTS), strict=True))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _with_plugin(tools: Toolchain) -> Toolchain:
    plugin = cache_folder() / f"{Path(PLUGIN_FILE).stem}-{PLUGIN_VERSION}" / PLUGIN_FILE
    if not plugin.is_file():
        fetch_from_package(PLUGIN_PACKAGE, PLUGIN_VERSION, PLUGIN_INTEGRITY, PLUGIN_FILE, plugin)
    # https://yarnpkg.com/configuration/yarnrc#plugins
    return replace(tools, environment={**tools.environment, "YARN_PLUGINS": str(plugin)})


def _base(checkout: Checkout, images: Images, progress: Progress) -> ImagePackages:
    archive = images.portal.archive
    try:
        found = image_packages(checkout.root / archive) if archive is not None else ImagePackages()
    except PortalError as error:
        progress.note(str(error))
        found = ImagePackages()
    if found.node is None or not found.debian:
        progress.note("The image does not say which packages its base contains, so the SBOM does not list all of them.")
    return found
