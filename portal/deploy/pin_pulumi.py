"""Write ``pulumi_pins.json`` for the installed SDKs (``make pulumi-pins``). Needs internet access; downloads 800 MiB.

Each archive is downloaded from Pulumi's server and has to have the SHA-256 that GitHub computed when the same file was
attached to the release there (https://docs.github.com/en/rest/releases/assets). One of the two alone cannot change what
is pinned. A person still looks at the difference, and commits it.
"""

from __future__ import annotations

import importlib.metadata
import json
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from portal.base.errors import PortalError
from portal.base.files import write_whole
from portal.base.printer import Printer
from portal.base.progress import Progress, progress_for
from portal.deploy.pulumi_download import RELEASES, DownloadError, download, read
from portal.deploy.pulumi_pins import PINS, PLATFORMS, cli_archive, plugin_archive
from portal.deploy.pulumi_plugin import PLUGINS

GITHUB = "https://api.github.com/repos/pulumi"


def pin_pulumi(progress: Progress, *, github: str = GITHUB, releases: str = RELEASES, plugins: str = PLUGINS) -> None:
    """Pin the CLI and the plugin in the versions of the installed SDKs, for all platforms or not at all."""
    cli, plugin = importlib.metadata.version("pulumi"), importlib.metadata.version("pulumi-kubernetes")
    clis = {machine: cli_archive(cli, machine) for machine in PLATFORMS}
    archives = {machine: plugin_archive("kubernetes", plugin, machine) for machine in PLATFORMS}
    pins = {
        "cli": {"version": cli, "sha256": _verified(clis, f"{github}/pulumi", cli, releases, progress)},
        "kubernetes": {
            "version": plugin,
            "sha256": _verified(archives, f"{github}/pulumi-kubernetes", plugin, plugins, progress),
        },
    }
    write_whole(PINS, json.dumps(pins, indent=2) + "\n")


def _verified(
    archives: Mapping[str, str], repository: str, version: str, folder: str, progress: Progress
) -> dict[str, str]:
    """The SHA-256 of each archive, which both places agree about."""
    recorded = _recorded(f"{repository}/releases/tags/v{version}")
    pins: dict[str, str] = {}
    for machine, name in archives.items():
        if name not in recorded:
            raise DownloadError(f"{repository} records no SHA-256 of {name}")
        with progress.phase(f"Verify {name}") as phase, tempfile.TemporaryDirectory() as temporary:
            download(f"{folder}/{name}", Path(temporary) / name, recorded[name], phase)
        pins[machine] = recorded[name]
    return pins


def _recorded(url: str) -> dict[str, str]:
    """The SHA-256 of each file of a release on GitHub, by name."""
    try:
        assets: list[dict[str, Any]] = json.loads(read(url))["assets"]
        digests = {str(asset["name"]): str(asset.get("digest") or "") for asset in assets}
    except (ValueError, KeyError, TypeError) as error:
        raise DownloadError(f"{url} does not describe a release") from error
    return {name: digest.removeprefix("sha256:") for name, digest in digests.items() if digest.startswith("sha256:")}


if __name__ == "__main__":
    try:
        pin_pulumi(progress_for(Printer(stderr=True)))
    except PortalError as error:
        sys.exit(str(error))
