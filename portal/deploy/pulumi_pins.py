"""Which archives of Pulumi are downloaded: the version and the SHA-256 values of each, in ``pulumi_pins.json``.

``make pulumi-pins`` writes that file (:mod:`portal.deploy.pin_pulumi`). The checksums that are in it come from
https://github.com/pulumi/homebrew-tap, where Pulumi's release job writes them: another place than the one that the
archives are downloaded from. The CLI may be older than the SDK, because the SDK asks an engine for each feature before
it uses it, and must not be older than ``requiredPulumiVersion`` in ``Pulumi.yaml``.
"""

from __future__ import annotations

import json
import platform
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PINS = Path(__file__).with_name("pulumi_pins.json")

_SYSTEMS = {"linux": "linux", "darwin": "darwin"}
_PROCESSORS = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64", "arm64": "arm64"}

# What we pin archives for, in the CLI's words.
PLATFORMS = ("darwin-arm64", "darwin-x64", "linux-arm64", "linux-x64")


@dataclass(frozen=True)
class Pin:
    """One program: its version, and the SHA-256 of its archive by platform. A platform without one is not pinned."""

    name: str
    version: str
    sha256: Mapping[str, str]


def cli_pin() -> Pin:
    """The Pulumi CLI, with its language hosts."""
    return _pin("cli")


def plugin_pin() -> Pin:
    """The CLI's plugin for Kubernetes, in the version of the SDK ``pulumi-kubernetes``."""
    return _pin("kubernetes")


def this_platform() -> str | None:
    """This machine in the CLI's words; None if Pulumi publishes nothing for it."""
    system, processor = _SYSTEMS.get(sys.platform), _PROCESSORS.get(platform.machine().lower())
    return None if system is None or processor is None else f"{system}-{processor}"


def cli_archive(version: str, machine: str) -> str:
    """The file name of the CLI's archive (pulumi/pulumi .goreleaser.yml)."""
    return f"pulumi-v{version}-{machine}.tar.gz"


def plugin_archive(name: str, version: str, machine: str) -> str:
    """The file name of a plugin's archive, in Go's words (pulumi/pulumi sdk/go/common/workspace/plugins.go)."""
    return f"pulumi-resource-{name}-v{version}-{machine.replace('-x64', '-amd64')}.tar.gz"


def _pin(name: str) -> Pin:
    content: dict[str, Any] = json.loads(PINS.read_text(encoding="utf-8"))[name]
    return Pin(name, content["version"], content["sha256"])
