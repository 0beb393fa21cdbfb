"""The CLI's plugin for Kubernetes, given to it from a verified archive before it would download one itself.

The CLI verifies a plugin only against a checksum that somebody tells it, and nobody does while a program runs. A plugin
that is already in the CLI's home is left as it is: whoever put it there vouches for it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

from portal.base.progress import Progress
from portal.deploy.pulumi_cli import PulumiCli
from portal.deploy.pulumi_download import download
from portal.deploy.pulumi_pins import Pin, plugin_archive, plugin_pin, this_platform

PLUGINS = "https://get.pulumi.com/releases/plugins"


def provide_plugin(cli: PulumiCli, progress: Progress, releases: str = PLUGINS) -> None:
    """Install the plugin from an archive with the pinned checksum. Does nothing if the CLI has it.

    Without a pinned checksum for this platform, it is left to the CLI, and a note says so. DownloadError if it cannot
    be downloaded or is another one.
    """
    pin, machine = plugin_pin(), this_platform()
    if _has(pin, cli.environment):
        return
    checksum = pin.sha256.get(machine) if machine is not None else None
    if machine is None or checksum is None:
        progress.note(
            f"No checksum of Pulumi's {pin.name} plugin {pin.version} is pinned:"
            " the Pulumi CLI downloads it over HTTPS, unverified"
        )
        return
    name = plugin_archive(pin.name, pin.version, machine)
    title = f"Download Pulumi's {pin.name} plugin {pin.version}"
    with progress.phase(title) as phase, tempfile.TemporaryDirectory() as folder:
        download(f"{releases}/{name}", Path(folder) / name, checksum, phase)
        cli.install_plugin(pin.name, pin.version, Path(folder) / name)


def _has(pin: Pin, environment: Mapping[str, str]) -> bool:
    """Whether the home of a local stack's CLI has it, whole (pulumi/pulumi sdk/go/common/workspace/plugins.go)."""
    folder = Path(environment["PULUMI_HOME"]) / "plugins" / f"resource-{pin.name}-v{pin.version}"
    return folder.is_dir() and not folder.with_name(f"{folder.name}.partial").exists()
