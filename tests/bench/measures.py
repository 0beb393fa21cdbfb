"""Each measure by itself. All of them run the commands that a person would run."""

from __future__ import annotations

import json
import os
import re
import statistics
import subprocess
import tarfile
import time
from pathlib import Path
from typing import IO

from portal.base.checkout import Checkout
from portal.base.moment import moment
from portal.base.process import output
from portal.deploy.node_cluster import NodeCluster
from portal.kubernetes.kubectl import Kubectl
from portal.release.images import built_images

PORTAL = Path(".venv/bin/portal")
READY = "Plugin initialization complete"


def seconds(*command: str | Path, environment: dict[str, str] | None = None, folder: Path | None = None) -> float:
    """The wall time of a command, in seconds; its progress is shown. One that fails ends the bench."""
    began = time.monotonic()
    words = [str(word) for word in command]
    subprocess.run(words, check=True, cwd=folder, env={**os.environ, **(environment or {})}, stdout=subprocess.DEVNULL)
    return time.monotonic() - began


def median_seconds(times: int, *command: str | Path, folder: Path | None = None) -> float:
    """The median wall time of several runs."""
    return statistics.median(seconds(*command, folder=folder) for _ in range(times))


def image_megabytes(checkout: Checkout) -> float:
    """The sizes of all files in all layers of the portal's image, base included, in MB."""
    images = built_images(checkout)
    assert images is not None
    assert images.portal.archive is not None
    total = 0
    with tarfile.open(checkout.root / images.portal.archive) as archive:
        index = json.load(_member(archive, "index.json"))
        manifest = json.load(_member(archive, _blob(index["manifests"][0]["digest"])))
        for layer in manifest["layers"]:
            with tarfile.open(fileobj=_member(archive, _blob(layer["digest"]))) as files:
                total += sum(member.size for member in files if member.isfile())
    return total / 1e6


def archive_megabytes(checkout: Checkout) -> float:
    """What a registry would store and a node would pull, in MB."""
    images = built_images(checkout)
    assert images is not None
    assert images.portal.archive is not None
    return (checkout.root / images.portal.archive).stat().st_size / 1e6


def start_and_memory(checkout: Checkout) -> tuple[float, float]:
    """From the portal's process to ready, in seconds, after its pod was deleted; and its resident memory, in MB."""
    kubectl = NodeCluster(checkout, 7007).kubectl()
    selector = "--selector=app.kubernetes.io/component=backstage"
    output(kubectl.command("delete", "pods", "--namespace=portal", selector, "--now", patience=0))
    output(kubectl.command("rollout", "status", "deployment/backstage", "--namespace=portal", patience=0))
    return running_start_and_memory(kubectl)


def running_start_and_memory(kubectl: Kubectl) -> tuple[float, float]:
    """The same of the portal that runs, the only one on this machine, which has to be a single pod."""
    log = output(kubectl.command("logs", "deployment/backstage", "--namespace=portal", "--timestamps"))
    ready = next(line.split()[0] for line in log.splitlines() if READY in line)
    process = _portal_process()
    memory = re.search(r"VmRSS:\s+(\d+) kB", (process / "status").read_text())
    assert memory is not None
    return _moment(ready) - _started(process), int(memory[1]) / 1000


def _portal_process() -> Path:
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and "packages/backend" in (entry / "cmdline").read_text():
                return entry
        except OSError:
            continue
    raise AssertionError("no portal runs")


def _started(process: Path) -> float:
    """When a process started, in seconds since 1970: ticks since boot are in field 22 of proc_pid_stat(5)."""
    ticks = int((process / "stat").read_text().rpartition(")")[2].split()[19])
    uptime = float(Path("/proc/uptime").read_text().split()[0])
    return time.time() - uptime + ticks / os.sysconf("SC_CLK_TCK")


def _moment(text: str) -> float:
    """Kubernetes prints nanoseconds, which Python does not read."""
    return moment(re.sub(r"\.(\d{6})\d*Z", r".\1+00:00", text)).timestamp()


def _member(archive: tarfile.TarFile, name: str) -> IO[bytes]:
    found = archive.extractfile(name)
    assert found is not None
    return found


def _blob(digest: str) -> str:
    return f"blobs/{digest.replace(':', '/')}"
